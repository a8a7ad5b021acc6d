import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { t } from 'tap'
import type { AdmissionReview } from '../../src/core/respond.ts'
import { BODY_LIMIT } from '../../src/server/admission.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { dial, headOf } from '../harness/dialled.ts'
import { until } from '../harness/informed.ts'
import { operationsOf } from '../harness/patched.ts'
import { startWebhook } from '../harness/webhook.ts'

const FACTS = facts(mesh('a.b'))

const started = async (
  t: Tap,
  from: Parameters<typeof startWebhook>[0] = FACTS,
  more: Parameters<typeof startWebhook>[1] = {},
) => {
  const webhook = await startWebhook(from, more)
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

t.test(
  'a client that breaks off leaves the server at work, and is counted as at fault',
  async t => {
    const webhook = await started(t)
    const { write, socket } = await dial(webhook.port, webhook.ca)
    write(`${headOf('Content-Length: 99')}{`)
    await until('the review is under way', () => webhook.app.inFlight() === 1)
    socket.destroy()
    await until('the review is counted', () => webhook.records.length === 1)
    t.match(webhook.records, [{ outcome: 'invalid', reason: 'GLOO_ISTIO_ERR_NOT_JSON' }])
    t.equal(webhook.app.inFlight(), 0)
    const plain = connectTcp(webhook.port, '127.0.0.1')
    plain.end('GET / HTTP/1.1\r\n\r\n')
    await once(plain, 'close')
    t.equal((await webhook.send({ body: JSON.stringify(reviewOf(upstream())) })).status, 200)
  },
)

t.test('a review that arrives while the server closes is answered', async t => {
  const webhook = await startWebhook(FACTS)
  const { write, answer } = await dial(webhook.port, webhook.ca)
  const body = JSON.stringify(reviewOf(upstream()))
  write(headOf(`Content-Length: ${body.length}`) + body.slice(0, 50))
  await until('the review is under way', () => webhook.app.inFlight() === 1)
  const closed = webhook.close()
  write(body.slice(50))
  t.match(await answer(), { status: 200, headers: { connection: 'close' } })
  await closed
})

t.test('the trace of the API server goes with the record', async t => {
  const traces: unknown[] = []
  const webhook = await startWebhook(FACTS, {
    record: (_record, _seconds, _cause, traceparent) => traces.push(traceparent),
  })
  t.teardown(() => webhook.close())
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const headers = { 'content-type': 'application/json', traceparent }
  for (const body of [JSON.stringify(reviewOf(upstream())), '{'])
    await webhook.send({ body, headers })
  await webhook.send({ body: '{' })
  t.strictSame(traces, [traceparent, traceparent, undefined])
})

t.test('of what was asked on another path, nothing is recorded', async t => {
  const webhook = await started(t, FACTS, {
    notReady: () => Promise.reject(new Error('no answer')),
  })
  await webhook.send({ method: 'GET', path: '/readyz' })
  await webhook.send({ path: '/other', body: 'x', headers: { 'content-type': 'text/plain' } })
  t.strictSame(webhook.records, [])
})

t.test('the bytes of each body that was read are heard of', async t => {
  const heard: number[] = []
  const webhook = await started(t, FACTS, { body: bytes => heard.push(bytes) })
  await webhook.send({ body: '"é"' })
  await webhook.send({ body: big })
  t.strictSame(heard, [4])
})
