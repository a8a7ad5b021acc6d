import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { t } from 'tap'
import { generatedSource } from '../../src/certs/generated-source.ts'
import type { AdmissionReview } from '../../src/core/respond.ts'
import { BODY_LIMIT } from '../../src/server/admission.ts'
import { buildMetrics } from '../../src/server/app.ts'
import { replaceCertificate } from '../../src/server/tls.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { operationsOf } from '../harness/patched.ts'
import { startWebhook } from '../harness/webhook.ts'

const FACTS = facts(mesh('a.b'))

const started = async (t: Tap, from: Parameters<typeof startWebhook>[0] = FACTS) => {
  const webhook = await startWebhook(from)
  t.teardown(() => webhook.close())
  return webhook
}
type Tap = { readonly teardown: (end: () => Promise<unknown>) => void }

for (const version of ['v1', 'v1beta1'])
  t.test(`a review in ${version} is answered in ${version}`, async t => {
    const webhook = await started(t)
    const { status, body } = await webhook.send({
      body: JSON.stringify(reviewOf(upstream(), {}, version)),
    })
    t.equal(status, 200)
    const answer: AdmissionReview = JSON.parse(body)
    t.match(answer, {
      apiVersion: `admission.k8s.io/${version}`,
      response: { uid: 'a3e1', allowed: true },
    })
    t.match(operationsOf(answer), [{ op: 'add', path: '/spec/sslConfig' }])
    t.match(webhook.records, [{ outcome: 'mutated', reason: 'MtlsEnabled' }])
  })

t.test('the time that each review takes is measured', async t => {
  const webhook = await started(t)
  await webhook.send({ body: JSON.stringify(reviewOf(upstream())) })
  await webhook.send({ body: 'no JSON' })
  t.equal(webhook.durations.length, 2)
  for (const seconds of webhook.durations) t.ok(seconds > 0 && seconds < 10, `${seconds} s`)
})

t.test('a dry run is answered like any other', async t => {
  const webhook = await started(t)
  const send = (dryRun: boolean) =>
    webhook.send({ body: JSON.stringify(reviewOf(upstream(), { dryRun })) })
  t.strictSame(await send(true), await send(false))
})

t.test('DELETE and CONNECT are admitted as they are', async t => {
  const webhook = await started(t)
  for (const operation of ['DELETE', 'CONNECT']) {
    const { body } = await webhook.send({
      body: JSON.stringify(reviewOf(upstream(), { operation })),
    })
    t.strictSame(Object.keys(JSON.parse(body).response), ['uid', 'allowed', 'auditAnnotations'])
  }
})

const json = { 'content-type': 'application/json' }
const big = `"${'x'.repeat(BODY_LIMIT)}"`
const refused: readonly [
  string,
  Parameters<Awaited<ReturnType<typeof startWebhook>>['send']>[0],
  number,
  string,
  RegExp,
][] = [
  ['no body', {}, 400, 'GLOO_ISTIO_ERR_NOT_JSON', /it is empty/],
  ['no JSON', { body: '{' }, 400, 'GLOO_ISTIO_ERR_NOT_JSON', /at position 1/],
  [
    'no review',
    { body: '[]' },
    400,
    'GLOO_ISTIO_ERR_NOT_ADMISSION_REVIEW',
    /^gloo-istio: kind is missing/,
  ],
  [
    'another content type',
    { body: 'x', headers: { 'content-type': 'text/plain' } },
    415,
    'GLOO_ISTIO_ERR_MEDIA_TYPE',
    /Content-Type is text\/plain/,
  ],
  [
    'no content type',
    { body: 'x', headers: {} },
    415,
    'GLOO_ISTIO_ERR_MEDIA_TYPE',
    /Content-Type is missing/,
  ],
  ['too large a body', { body: big }, 413, 'GLOO_ISTIO_ERR_TOO_LARGE', /larger than 7340032 bytes/],
  [
    'too deep a body',
    { body: '['.repeat(1000) },
    400,
    'GLOO_ISTIO_ERR_TOO_DEEP',
    /deeper than 500/,
  ],
  [
    'another path',
    { path: '/other', headers: json, body: '{}' },
    404,
    'GLOO_ISTIO_ERR_NOT_FOUND',
    /POST \/other/,
  ],
  ['another method', { method: 'GET' }, 404, 'GLOO_ISTIO_ERR_NOT_FOUND', /GET \/mutate/],
]
for (const [title, sent, code, name, message] of refused)
  t.test(`${title} is refused with a Status`, async t => {
    const webhook = await started(t)
    const { status, body } = await webhook.send(sent)
    t.equal(status, code)
    const said = JSON.parse(body)
    t.match(said, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message })
    t.match(said.message, name)
    t.strictSame(
      webhook.records.map(({ reason }) => reason),
      name.endsWith('FOUND') ? [] : [name],
    )
  })

t.test('a fault of ours is a 500 that keeps its cause to the log', async t => {
  const webhook = await started(t, () => {
    throw new TypeError('hunter2')
  })
  const { status, body } = await webhook.send({ body: JSON.stringify(reviewOf(upstream())) })
  t.equal(status, 500)
  t.match(JSON.parse(body), { reason: 'InternalError', message: /GLOO_ISTIO_ERR_INTERNAL/ })
  t.notMatch(body, 'hunter2')
  t.match(webhook.causes, [{ message: 'hunter2' }])
})

t.test('a client that breaks off leaves the server at work', async t => {
  const webhook = await started(t)
  const socket = connect({ port: webhook.port, ca: webhook.ca, host: '127.0.0.1' })
  await once(socket, 'secureConnect')
  socket.write(
    'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
  )
  socket.destroy()
  const plain = connectTcp(webhook.port, '127.0.0.1')
  plain.end('GET / HTTP/1.1\r\n\r\n')
  await once(plain, 'close')
  t.equal((await webhook.send({ body: JSON.stringify(reviewOf(upstream())) })).status, 200)
})

t.test('alive is not ready', async t => {
  const webhook = await started(t)
  const get = (path: string) => webhook.send({ method: 'GET', path })
  webhook.setNotReady('the CA bundle is not published yet')
  t.strictSame(await get('/livez'), { status: 200, body: 'ok\n' })
  t.strictSame(await get('/readyz'), { status: 503, body: 'the CA bundle is not published yet\n' })
  webhook.setNotReady(undefined)
  t.strictSame(await get('/readyz'), { status: 200, body: 'ok\n' })
})

const dial = async (port: number, ca: string, options = {}): Promise<TLSSocket> => {
  const socket = connect({ port, ca, host: '127.0.0.1', ...options })
  await once(socket, 'secureConnect')
  return socket
}

t.test('nothing below TLS 1.2 is spoken', async t => {
  const webhook = await started(t)
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  await t.rejects(dial(webhook.port, webhook.ca, old))
  const socket = await dial(webhook.port, webhook.ca, { maxVersion: 'TLSv1.2' })
  t.equal(socket.getProtocol(), 'TLSv1.2')
  socket.destroy()
})

t.test('a new certificate is shown to new connections, and open ones stay', async t => {
  const webhook = await started(t)
  const before = await dial(webhook.port, webhook.ca)
  const next = (await generatedSource(['127.0.0.1'], new Date())).current()
  replaceCertificate(webhook.app.server, next)
  const after = await dial(webhook.port, next.caPem)
  t.not(after.getPeerX509Certificate()?.serialNumber, before.getPeerX509Certificate()?.serialNumber)
  before.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
  const [chunk] = await once(before, 'data')
  t.match(chunk.toString(), /^HTTP\/1.1 200/)
  before.destroy()
  after.destroy()
})

t.test('a review that arrives while the server closes is answered', async t => {
  const webhook = await startWebhook(FACTS)
  const socket = await dial(webhook.port, webhook.ca)
  const body = JSON.stringify(reviewOf(upstream()))
  const head = `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  socket.write(head + body.slice(0, 50))
  await webhook.send({ body })
  const closed = webhook.close()
  socket.write(body.slice(50))
  const [chunk] = await once(socket, 'data')
  t.match(chunk.toString(), /^HTTP\/1.1 200/)
  socket.destroy()
  await closed
})

t.test('metrics are text on a server of their own', async t => {
  const app = buildMetrics({ contentType: 'text/plain; version=0.0.4', text: async () => 'a 1\n' })
  const { body, headers } = await app.inject('/metrics')
  t.equal(body, 'a 1\n')
  t.match(headers['content-type'], 'text/plain')
})
