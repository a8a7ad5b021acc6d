import { once } from 'node:events'
import type { ConnectionOptions } from 'node:tls'
import { t } from 'tap'
import { generatedSource } from '../../src/certs/generated-source.ts'
import { facts } from '../harness/build.ts'
import { dial, GET_LIVEZ } from '../harness/dialled.ts'
import { startWebhook } from '../harness/webhook.ts'

type Webhook = Awaited<ReturnType<typeof startWebhook>>
type Tap = { readonly teardown: (end: () => unknown) => void }

const started = async (t: Tap, ...more: readonly Parameters<typeof startWebhook>[1][]) => {
  const webhook = await startWebhook(facts(), ...more)
  t.teardown(() => webhook.app.cut())
  return webhook
}
const shake = (webhook: Webhook, options: ConnectionOptions = {}) =>
  dial(webhook.port, webhook.ca, options)

t.test('nothing below TLS 1.2 is spoken', async t => {
  const webhook = await started(t)
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await t.rejects(shake(webhook, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  t.equal((await shake(webhook, { maxVersion: 'TLSv1.2' })).socket.getProtocol(), 'TLSv1.2')
  t.equal((await shake(webhook)).socket.getProtocol(), 'TLSv1.3')
})

t.test('nor below TLS 1.3 where that is asked for, not even after a rotation', async t => {
  const webhook = await started(t, { settings: { tlsMinVersion: '1.3' } })
  const older = { maxVersion: 'TLSv1.2' } as const
  const refused = { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }
  await t.rejects(shake(webhook, older), refused)
  webhook.app.replaceCertificate((await generatedSource(['127.0.0.1'], new Date())).current())
  await t.rejects(shake(webhook, { ...older, rejectUnauthorized: false }), refused)
  t.equal((await shake(webhook, { rejectUnauthorized: false })).socket.getProtocol(), 'TLSv1.3')
})

const tls12 = (ciphers: string): ConnectionOptions => ({ maxVersion: 'TLSv1.2', ciphers })
for (const cipher of [
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
])
  t.test(`${cipher} is spoken`, async t => {
    const { socket } = await shake(await started(t), tls12(cipher))
    t.equal(socket.getCipher().name, cipher)
  })
for (const cipher of [
  'ECDHE-RSA-AES128-SHA256',
  'AES128-GCM-SHA256',
  'AES256-SHA',
  'DHE-RSA-AES128-GCM-SHA256',
])
  t.test(`${cipher} is not`, async t => {
    const webhook = await started(t)
    await t.rejects(shake(webhook, tls12(`${cipher}:@SECLEVEL=0`)), { code: /HANDSHAKE_FAILURE/ })
  })

t.test('the one protocol is HTTP/1.1', async t => {
  const webhook = await started(t)
  const both = await shake(webhook, { ALPNProtocols: ['h2', 'http/1.1'] })
  t.equal(both.socket.alpnProtocol, 'http/1.1')
  await t.rejects(shake(webhook, { ALPNProtocols: ['h2'] }), { code: /NO_APPLICATION_PROTOCOL/ })
})

t.test('nothing is negotiated twice', async t => {
  const { socket } = await shake(await started(t), { maxVersion: 'TLSv1.2' })
  const error = await new Promise<unknown>(resolve => {
    socket.on('error', resolve)
    socket.renegotiate({ rejectUnauthorized: false }, resolve)
  })
  t.match(error, { code: 'ERR_SSL_NO_RENEGOTIATION' })
})

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
  t.test(`no session of ${maxVersion} is taken up again`, async t => {
    const webhook = await started(t)
    const first = await shake(webhook, { maxVersion })
    let session = first.socket.getSession()
    first.socket.on('session', later => {
      session = later
    })
    first.write(GET_LIVEZ)
    await first.answer()
    const second = await shake(webhook, { maxVersion, session })
    t.equal(second.socket.isSessionReused(), false)
  })

t.test('a new certificate is shown to new connections, and open ones stay', async t => {
  const webhook = await started(t)
  const before = await shake(webhook)
  const next = (await generatedSource(['127.0.0.1'], new Date())).current()
  webhook.app.replaceCertificate(next)
  const after = await dial(webhook.port, next.caPem)
  const serial = ({ socket }: typeof after) => socket.getPeerX509Certificate()?.serialNumber
  t.not(serial(after), serial(before))
  before.write(GET_LIVEZ)
  t.match(await before.answer(), { status: 200 })
})

t.test('without a certificate no handshake succeeds, until there is one', async t => {
  const webhook = await started(t, { certificate: undefined })
  await t.rejects(shake(webhook), { code: /HANDSHAKE_FAILURE/ })
  const next = (await generatedSource(['127.0.0.1'], new Date())).current()
  webhook.app.replaceCertificate(next)
  const { socket } = await dial(webhook.port, next.caPem)
  socket.end()
  await once(socket, 'close')
})
