import { once } from 'node:events'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { type Test, t } from 'tap'
import type { Details, Status } from '../../src/core/dashboard.ts'
import type { Way } from '../../src/core/graph.ts'
import { type DashboardPorts, openDashboard } from '../../src/dashboard/server.ts'
import { WAYS } from '../harness/ways.ts'

const STATUS: Status = {
  phase: 'live',
  trouble: '',
  unseen: [],
  about: { version: '0.1.0', cluster: 'example', stage: 'inject' },
}
const NAME = 'a'.repeat(253)
const FILES = new Map([
  ['index.html', { type: 'text/html; charset=utf-8', body: '<p>page' }],
  ['main.js', { type: 'text/javascript; charset=utf-8', body: 'let a' }],
])

const open = async (t: Test, more: Partial<DashboardPorts> = {}) => {
  const dashboard = await openDashboard(
    {
      status: () => STATUS,
      ways: () => WAYS,
      details: (namespace, name) =>
        name === 'absent' ? undefined : ({ report: { namespace, name } } as Details),
      files: FILES,
      token: 'secret-token',
      ...more,
    },
    0,
  )
  t.teardown(() => dashboard.close())
  const url = new URL(dashboard.url)
  const send = async (path: string, options: RequestOptions = {}) => {
    const asked = request({ host: '127.0.0.1', port: url.port, path, agent: false, ...options })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return answer
  }
  const ask = async (path: string, options: RequestOptions = {}) => {
    const answer = await send(path, options)
    const { statusCode: status, headers } = answer
    return { status, headers, body: await text(answer) }
  }
  return { dashboard, url, send, ask }
}

const PAGE = '/secret-token/'

t.test('the page and its files are served under the token alone', async t => {
  const { url, ask } = await open(t)
  t.equal(url.href, `http://127.0.0.1:${url.port}${PAGE}`)
  t.match(await ask(PAGE), { status: 200, body: '<p>page' })
  const script = await ask(`${PAGE}main.js`)
  t.match(script, { status: 200, body: 'let a' })
  t.equal(script.headers['content-type'], 'text/javascript; charset=utf-8')
  t.match(await ask(PAGE, { method: 'HEAD' }), { status: 200, body: '' })
  for (const path of [
    '/',
    '/favicon.ico',
    '/secret-toke/',
    '/other-token-/',
    '/secret-tokens/main.js',
  ])
    t.match(await ask(path), { status: 404, body: /open the whole address/ }, path)
  for (const path of [
    `${PAGE}absent.js`,
    `${PAGE}../package.json`,
    '/secret-token',
    `${PAGE}a/b/c`,
  ])
    t.match(await ask(path), { status: 404 }, path)
})

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// what | path | options | status
const answers: readonly [string, string, RequestOptions, number][] = [
  ['the page', PAGE, {}, 200],
  ['a script', `${PAGE}main.js`, {}, 200],
  ['details', `${PAGE}upstreams/a/b`, {}, 200],
  ['what is not there', `${PAGE}absent`, {}, 404],
  ['without the token', '/', {}, 404],
  ['a path that cannot be read', `${PAGE}%zz`, {}, 400],
  ['by another name', PAGE, { headers: { host: 'evil.example.com' } }, 403],
  ['to write', PAGE, { method: 'POST' }, 405],
]
for (const [what, path, options, status] of answers)
  t.test(`${what}: ${status}, by a policy that lets nothing else in, kept nowhere`, async t => {
    const { ask } = await open(t)
    const { headers, ...answer } = await ask(path, options)
    t.equal(answer.status, status)
    t.match(headers, {
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    t.equal(headers['access-control-allow-origin'], undefined)
  })

t.test('only a name of this machine, with the port, is answered', async t => {
  const { url, ask } = await open(t)
  const by = async (host: string) => (await ask(PAGE, { headers: { host } })).status
  for (const host of [`127.0.0.1:${url.port}`, `localhost:${url.port}`, `LOCALHOST:${url.port}`])
    t.equal(await by(host), 200, host)
  for (const host of [
    'localhost',
    '127.0.0.1:1',
    `a.example.com:${url.port}`,
    `localhost.example.com:${url.port}`,
  ])
    t.equal(await by(host), 403, host)
})

t.test('it can only be read', async t => {
  const { ask } = await open(t)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const { status, headers } = await ask(PAGE, { method })
    t.equal(status, 405, method)
    t.equal(headers.allow, 'GET, HEAD')
  }
})

t.test('no other machine reaches it', async t => {
  const { url } = await open(t)
  const others = Object.values(networkInterfaces())
    .flat()
    .filter(found => found !== undefined)
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
  for (const { address } of others) {
    const asked = request({ host: address, port: url.port, path: PAGE })
    asked.end()
    const [error] = await once(asked, 'error')
    t.equal(error.code, 'ECONNREFUSED', address)
  }
  t.equal(url.hostname, '127.0.0.1')
})

t.test('details are of one Upstream, whatever its name', async t => {
  const { ask } = await open(t)
  const found = await ask(`${PAGE}upstreams/a/${NAME}`)
  t.strictSame(JSON.parse(found.body), { report: { namespace: 'a', name: NAME } })
  const odd = await ask(`${PAGE}upstreams/a/${encodeURIComponent('x/<img>?#')}`)
  t.match(JSON.parse(odd.body), { report: { name: 'x/<img>?#' } })
  t.match(await ask(`${PAGE}upstreams/a/absent`), { status: 404, body: /no Upstream a\/absent/ })
})

const reading = (answer: IncomingMessage) => {
  answer.setEncoding('utf8')
  let seen = ''
  return async (until: string) => {
    while (!seen.includes(until)) seen += String((await once(answer, 'data'))[0])
    return seen
  }
}

t.test('a page is told all there is, and then what happens', async t => {
  const { dashboard, send } = await open(t)
  const answer = await send(`${PAGE}events`)
  t.match(answer.headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'content-security-policy': POLICY,
    'cache-control': 'no-store',
  })
  const read = reading(answer)
  const first = await read('"gone":[]}\n\n')
  t.match(first, `event: status\ndata: ${JSON.stringify(STATUS)}\n\n`)
  t.match(first, `event: all\ndata: ${JSON.stringify({ put: WAYS, gone: [] })}\n\n`)
  t.equal(dashboard.viewers(), 1)
  dashboard.tellChanges({ put: WAYS.slice(0, 1), gone: ['a/b'] })
  await read(
    `event: changes\ndata: ${JSON.stringify({ put: WAYS.slice(0, 1), gone: ['a/b'] })}\n\n`,
  )
  dashboard.tellStatus({ ...STATUS, phase: 'lost' })
  await read('"phase":"lost"')
  const { statusCode } = await send(`${PAGE}events`, { method: 'HEAD' })
  t.equal(statusCode, 404)
})

t.test('the seventeenth page is asked to come back later', async t => {
  const { send, ask } = await open(t)
  const answers = await Promise.all(Array.from({ length: 16 }, () => send(`${PAGE}events`)))
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  const { status, headers, body } = await ask(`${PAGE}events`)
  t.match([status, headers['retry-after'], body], [503, '5', /too many pages/])
  for (const answer of answers) answer.destroy()
})

t.test('it ends at once, whoever listens', async t => {
  const ways: readonly Way[] = WAYS
  const { dashboard, send } = await open(t, { ways: () => ways })
  const answer = await send(`${PAGE}events`)
  answer.on('error', () => {})
  const closed = new Promise(done => answer.once('close', done))
  const begin = performance.now()
  answer.resume()
  await dashboard.close()
  await closed
  t.ok(performance.now() - begin < 2_000)
})

t.test('a port that is taken is told', async t => {
  const { url } = await open(t)
  const ports = {
    status: () => STATUS,
    ways: () => WAYS,
    details: () => undefined,
    files: FILES,
    token: 'x',
  }
  await t.rejects(openDashboard(ports, Number(url.port)), { code: 'EADDRINUSE' })
})
