import { once } from 'node:events'
import { createServer } from 'node:net'
import { t } from 'tap'
import { generatedSource } from '../../src/certs/generated-source.ts'
import { handshakeWith } from '../../src/server/handshake.ts'
import { facts } from '../harness/build.ts'
import { startWebhook } from '../harness/webhook.ts'

type Tap = { readonly teardown: (end: () => unknown) => void }
const started = async (t: Tap) => {
  const webhook = await startWebhook(facts())
  t.teardown(() => webhook.app.cut())
  return webhook
}

for (const name of ['localhost', '127.0.0.1'])
  t.test(`whoever trusts our authority gets through to ${name}`, async t => {
    const { app, ca } = await started(t)
    t.equal(await app.handshake(ca, name), undefined)
  })

t.test('so does whoever trusts others beside it', async t => {
  const { app, ca } = await started(t)
  const other = (await generatedSource(['localhost'], new Date())).current()
  t.equal(await app.handshake(`${other.caPem}\n${ca}`, 'localhost'), undefined)
})

t.test('another authority is not enough', async t => {
  const { app } = await started(t)
  const other = (await generatedSource(['localhost'], new Date())).current()
  t.match(
    await app.handshake(other.caPem, 'localhost'),
    /^a TLS handshake as localhost with our own port failed: /,
  )
})

t.test('nor is another name', async t => {
  const { app, ca } = await started(t)
  for (const name of ['webhook.example.com', '127.0.0.2'])
    t.match(await app.handshake(ca, name), new RegExp(`as ${name} .* failed: .*altnames`))
})

t.test('no authority at all is not that of the platform', async t => {
  const { app } = await started(t)
  for (const bundle of ['', 'nonsense'])
    t.equal(await app.handshake(bundle, 'localhost'), 'the CA bundle holds no certificate')
})

t.test('a certificate that cannot be read is none', async t => {
  const { app } = await started(t)
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  t.match(await app.handshake(broken, 'localhost'), /failed: /)
})

t.test('a certificate that was replaced is seen', async t => {
  const { app, ca } = await started(t)
  const next = (await generatedSource(['localhost'], new Date())).current()
  app.replaceCertificate(next)
  t.match(await app.handshake(ca, 'localhost'), /failed: /)
  t.equal(await app.handshake(next.caPem, 'localhost'), undefined)
})

t.test('while nobody listens there is no handshake', async t => {
  const { app, ca } = await started(t)
  await app.close()
  t.equal(await app.handshake(ca, 'localhost'), 'the webhook does not listen yet')
})

const listening = async (t: Tap, onConnection: (end: () => void) => void) => {
  const server = createServer(socket => onConnection(() => socket.destroy())).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { host: '127.0.0.1', port: address.port }
}

t.test('one who does not answer has failed in time', async t => {
  const { ca } = await started(t)
  const ends: (() => void)[] = []
  const address = await listening(t, end => ends.push(end))
  t.teardown(() => {
    for (const end of ends) end()
  })
  const handshake = handshakeWith({ address: () => address, limit: 100 })
  t.match(await handshake(ca, 'localhost'), /took longer than 100 ms$/)
})

t.test('one who hangs up has failed', async t => {
  const { ca } = await started(t)
  const address = await listening(t, end => end())
  const handshake = handshakeWith({ address: () => address, limit: 5000 })
  t.match(await handshake(ca, 'localhost'), /(failed|was broken off)/)
})

t.test(
  'who asks meanwhile shares the handshake; who asks later, or for another name, has one',
  async t => {
    const { ca } = await started(t)
    let count = 0
    const address = await listening(t, end => {
      count++
      end()
    })
    const handshake = handshakeWith({ address: () => address, limit: 5000 })
    await Promise.all([1, 2, 3].map(() => handshake(ca, 'localhost')))
    t.equal(count, 1)
    await handshake(ca, 'localhost')
    t.equal(count, 2)
    await Promise.all([handshake(ca, 'localhost'), handshake(ca, 'webhook.example.com')])
    t.equal(count, 4)
  },
)
