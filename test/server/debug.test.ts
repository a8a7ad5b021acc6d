import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { type DebugPorts, openDebug } from '../../src/server/debug.ts'

const now = new Date('2026-01-01T00:00:00Z')
const authority = await createAuthority({ commonName: 'example authority', days: 365, now })
const serving = await issueCertificate(authority, {
  commonName: 'example',
  dnsNames: ['webhook.example.com'],
  usages: ['serverAuth'],
  days: 7,
  now,
})

const STATUS = {
  version: '1.2.3',
  uptimeSeconds: 12.5,
  stage: 'inject',
  isReady: false,
  notReady: 'the CA bundle is not published yet',
  isBundleInSync: false,
  watchStalenessSeconds: { pods: 0.5 },
  objects: { pods: 3, upstreams: 2 },
  reviewsInFlight: 1,
}

const PORTS: DebugPorts = {
  status: () => STATUS,
  certificates: () => ({ serving: serving.certPem, authority: authority.certPem }),
  configuration: () => ({ stage: 'inject', meshes: [{ name: 'istio' }] }),
}

const opened = async (t: Tap, more: Partial<DebugPorts> = {}) => {
  const debug = await openDebug({ ...PORTS, ...more }, 0)
  t.teardown(() => debug.close())
  const port = Number(new URL(debug.url).port)
  return { ...debug, port, ask: (asked: Asked) => ask(port, asked) }
}
type Tap = { readonly teardown: (end: () => Promise<unknown>) => void }

interface Asked {
  readonly path?: string
  readonly method?: string
  readonly host?: string
}

/** Undici would set Host itself. */
const ask = (port: number, { path = '/debug/status', method = 'GET', host = 'localhost' }: Asked) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port, path, method, headers: { host }, agent: false },
        response => {
          text(response).then(
            body => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
            reject,
          )
        },
      )
      asking.on('error', reject)
      asking.end()
    },
  )

t.test('status tells what the process knows, and of certificates all but the key', async t => {
  const { ask } = await opened(t)
  const { status, headers, body } = await ask({})
  t.equal(status, 200)
  t.match(headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store' })
  const { certificates, ...told } = JSON.parse(body)
  t.strictSame(told, STATUS)
  t.match(certificates.serving, {
    serialNumber: /^[0-9A-F]{32}$/,
    subject: /CN=example$/,
    names: 'DNS:webhook.example.com',
    notAfter: '2026-01-08T00:00:00.000Z',
  })
  t.match(certificates.authority, {
    subject: /CN=example authority/,
    notAfter: '2027-01-01T00:00:00.000Z',
  })
})

t.test('what is not known is left out', async t => {
  const { ask } = await opened(t, { status: () => ({ ...STATUS, isLeader: undefined }) })
  t.notOk(Object.hasOwn(JSON.parse((await ask({})).body), 'isLeader'))
})

t.test('a key beside a certificate is not told of', async t => {
  const pem = `${serving.certPem}${serving.keyPem}`
  const { ask } = await opened(t, {
    certificates: () => ({ serving: pem, authority: undefined }),
  })
  const { status, body } = await ask({})
  t.equal(status, 200)
  t.notMatch(body, /PRIVATE|BEGIN/)
  for (const line of serving.keyPem.split('\n').filter(line => line.length > 40))
    t.notMatch(body, line)
  t.notOk(Object.hasOwn(JSON.parse(body).certificates, 'authority'))
})

t.test('the configuration as it was parsed', async t => {
  const { ask } = await opened(t)
  const { status, body } = await ask({ path: '/debug/config' })
  t.equal(status, 200)
  t.strictSame(JSON.parse(body), PORTS.configuration())
})

t.test('what is asked is asked anew each time', async t => {
  let uptimeSeconds = 0
  const { ask } = await opened(t, {
    status: async () => ({ ...STATUS, uptimeSeconds: ++uptimeSeconds }),
  })
  const uptime = async () => JSON.parse((await ask({})).body).uptimeSeconds
  t.strictSame([await uptime(), await uptime()], [1, 2])
})

for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.0.0.1:1'])
  t.test(`it answers to the name ${host}`, async t => {
    const { ask } = await opened(t)
    t.equal((await ask({ host })).status, 200)
  })

for (const host of [
  'rebound.example.com',
  'localhost.example.com',
  'example.com:localhost',
  '127.0.0.1.example.com',
  '127.0.0.12',
  '[::1]',
  '10.0.0.1',
  'localhost@example.com',
])
  for (const path of ['/debug/status', '/debug/config', '/other'])
    t.test(`it does not answer ${path} to the name ${host}`, async t => {
      const { ask } = await opened(t)
      const { status, body } = await ask({ host, path })
      t.equal(status, 403)
      t.strictSame(JSON.parse(body), {
        message: 'gloo-istio: ask by the name localhost or 127.0.0.1',
      })
    })

for (const [method, path] of [
  ['GET', '/'],
  ['GET', '/debug'],
  ['GET', '/debug/heap'],
  ['POST', '/debug/status'],
  ['DELETE', '/debug/config'],
  ['HEAD', '/debug/status'],
] as const)
  t.test(`${method} ${path} is not there`, async t => {
    const { ask } = await opened(t)
    t.equal((await ask({ method, path })).status, 404)
  })

t.test('it listens on no address but the loopback one', async t => {
  const { url, port } = await opened(t)
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  const others = Object.values(networkInterfaces())
    .flatMap(found => found ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
  for (const { address } of others)
    await t.rejects(fetch(`http://${address}:${port}/debug/status`), address)
  await t.rejects(fetch(`http://[::1]:${port}/debug/status`))
})

t.test('a port that is taken is said at once', async t => {
  const { port } = await opened(t)
  await t.rejects(openDebug(PORTS, port), { code: 'EADDRINUSE' })
})

t.test('closing does not wait for those who keep a connection', async t => {
  const { url, close } = await openDebug(PORTS, 0)
  await (await fetch(`${url}/debug/status`)).text()
  const begun = performance.now()
  await close()
  t.ok(performance.now() - begun < 2000)
})
