import { t } from 'tap'
import { createAuthority, issueCertificate, type KeyPair } from '../../src/certs/authority.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { dial, GET_LIVEZ, GET_READYZ, headOf, postOf } from '../harness/dialled.ts'
import { startWebhook } from '../harness/webhook.ts'

type Tap = { readonly teardown: (end: () => unknown) => void }

const BODY = JSON.stringify(reviewOf(upstream()))
const NOW = new Date()
const authorityOf = (commonName: string) => createAuthority({ commonName, days: 1, now: NOW })
const issue = (
  by: KeyPair,
  commonName: string,
  usages: readonly ('serverAuth' | 'clientAuth')[] = ['clientAuth'],
  now = NOW,
) => issueCertificate(by, { commonName, usages, days: 1, now })

const authority = await authorityOf('clients')
const apiServer = await issue(authority, 'kube-apiserver')

const started = async (t: Tap, clientNames: readonly string[] = []) => {
  const webhook = await startWebhook(facts(mesh('a.b')), {
    settings: { clientCaPem: authority.certPem, clientNames },
  })
  t.teardown(() => webhook.app.cut())
  const dialled = (pair?: KeyPair, maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') =>
    dial(webhook.port, webhook.ca, {
      maxVersion,
      ...(pair && { cert: pair.certPem, key: pair.keyPem }),
    })
  /** What a review of this caller is answered. */
  const ask = async (pair?: KeyPair, maxVersion?: 'TLSv1.2') => {
    const { write, answer } = await dialled(pair, maxVersion)
    write(postOf(BODY))
    const { status, body } = await answer()
    return { status, message: String(JSON.parse(body).message) }
  }
  return { webhook, dialled, ask }
}

t.test('the API server may ask, by either version of TLS', async t => {
  const { ask } = await started(t, ['kube-apiserver'])
  t.equal((await ask(apiServer)).status, 200)
  t.equal((await ask(apiServer, 'TLSv1.2')).status, 200)
})

t.test('with no name said, any of the authority may', async t => {
  const { ask } = await started(t)
  t.equal((await ask(await issue(authority, 'another'))).status, 200)
})

t.test('one without a certificate may not, and is told with a Status', async t => {
  const { webhook, dialled } = await started(t)
  const { write, answer } = await dialled()
  write(postOf(BODY))
  const { status, body } = await answer()
  t.equal(status, 403)
  t.match(JSON.parse(body), {
    kind: 'Status',
    code: 403,
    reason: 'Forbidden',
    message: /the caller showed no certificate: .*--client-ca-file/,
  })
  t.match(webhook.records, [{ outcome: 'invalid', reason: 'GLOO_ISTIO_ERR_FORBIDDEN_CLIENT' }])
})

t.test('one of another name may not', async t => {
  const { ask } = await started(t, ['kube-apiserver', 'kube-apiserver-2'])
  const { status, message } = await ask(await issue(authority, 'kubelet'))
  t.equal(status, 403)
  t.match(message, 'is called "kubelet", which is not among the names')
})

const day = 86_400_000
const bad: readonly [string, () => Promise<KeyPair>, string][] = [
  [
    'of another authority',
    async () => issue(await authorityOf('clients'), 'kube-apiserver'),
    'does not hold',
  ],
  [
    'that has expired',
    () => issue(authority, 'kube-apiserver', ['clientAuth'], new Date(NOW.getTime() - 3 * day)),
    'CERT_HAS_EXPIRED',
  ],
  ['of a server', () => issue(authority, 'kube-apiserver', ['serverAuth']), 'INVALID_PURPOSE'],
]
for (const [title, make, reason] of bad)
  t.test(`one with a certificate ${title} may not`, async t => {
    const { ask } = await started(t, ['kube-apiserver'])
    const { status, message } = await ask(await make())
    t.equal(status, 403)
    t.match(message, reason)
  })

t.test('a stranger is told before the body is read', async t => {
  const { dialled } = await started(t)
  const { write, answer } = await dialled()
  write(headOf('Content-Length: 99999'))
  t.equal((await answer()).status, 403)
})

t.test('the kubelet may probe without a certificate', async t => {
  const { dialled } = await started(t)
  const { write, answer } = await dialled()
  for (const probe of [GET_LIVEZ, GET_READYZ]) {
    write(probe)
    t.equal((await answer()).status, 200)
  }
})

t.test(
  'a new authority counts for new connections, and outlives a new serving certificate',
  async t => {
    const { webhook, dialled, ask } = await started(t)
    const open = await dialled(apiServer)
    const next = await authorityOf('next')
    webhook.app.replaceClientCa(next.certPem)
    webhook.app.replaceCertificate(webhook.certificate)
    t.equal((await ask(apiServer)).status, 403)
    t.equal((await ask(await issue(next, 'kube-apiserver'))).status, 200)
    open.write(postOf(BODY))
    t.equal((await open.answer()).status, 200)
  },
)

t.test('where no authority of clients is set, anyone may', async t => {
  const webhook = await startWebhook(facts(mesh('a.b')), { settings: { clientNames: ['x'] } })
  t.teardown(() => webhook.app.cut())
  t.equal((await webhook.send({ body: BODY })).status, 200)
})
