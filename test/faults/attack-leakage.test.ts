import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import type { JsonObject } from '../../src/core/types.ts'
import { ENABLED, reviewOf, upstream } from '../harness/build.ts'
import { gatewayProxy } from '../harness/live.ts'
import { freePort } from '../parts/ports.ts'
import { startServe } from '../parts/serve-process.ts'
import { ATTACK_LEAKAGE } from './attack-leakage.ts'
import { type Request, startAttacked, writeCertificates } from './attacked.ts'
import { proveFaults } from './fault.ts'

const debugPort = await freePort()
const server = await startAttacked(t, [`--debug-port=${debugPort}`])

const SECRET = 'hunter2'
const TENANT = 'acme-payroll'

const text = (review: unknown): string => JSON.stringify(review)

/** Secret wherever a value can be, but for what names the object. */
const secretive = (object: JsonObject): JsonObject => {
  const metadata = object['metadata'] as JsonObject
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...(metadata['labels'] as JsonObject | undefined), [SECRET]: SECRET },
      annotations: { ...(metadata['annotations'] as JsonObject | undefined), [SECRET]: SECRET },
      managedFields: [{ manager: SECRET }],
    },
    data: { password: SECRET },
    status: { [SECRET]: SECRET },
  }
}

/** The addresses on which a process listens at a port, as the kernel writes them. */
const listening = (pid: number, port: number): readonly string[] => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return ['tcp', 'tcp6']
    .flatMap(kind => readFileSync(`/proc/${pid}/net/${kind}`, 'utf8').split('\n'))
    .map(line => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === '0A' && local?.endsWith(`:${hex}`))
    .map(([, local = '']) => local.split(':')[0] ?? '')
}

const statusOf = (port: number, path: string, host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: { host } }
    get(options, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).once('error', reject)
  })

proveFaults(t, ATTACK_LEAKAGE, {
  'ATK-51': async t => {
    const proxy = gatewayProxy('1.17.3')
    const objects = [secretive(upstream()), secretive(proxy), secretive(upstream({}, {}))]
    const userInfo = { username: 'someone', extra: { token: [SECRET] } }
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${SECRET}`,
      cookie: `session=${SECRET}`,
    }
    const bodies = [
      ...objects.flatMap(object => [
        text(reviewOf(object, { userInfo, options: { [SECRET]: SECRET } })),
        text(reviewOf(object, { operation: 'UPDATE', oldObject: secretive(object), userInfo })),
        text(reviewOf(object, { operation: 'DELETE', oldObject: object, userInfo })),
      ]),
      `{"${SECRET}": ${SECRET}`,
      `"${SECRET}"`,
    ]
    for (const body of bodies) await server.send({ path: `/mutate?token=${SECRET}`, headers, body })
    await server.send({ method: 'GET', path: '/livez', headers })
    const log = server.log()
    t.notMatch(log, SECRET)
    const base64 = Buffer.from('[{"op":"add"', 'utf8').toString('base64').slice(0, 12)
    t.notMatch(log, base64)
    t.notMatch(log, /"op":|rootCa|PRIVATE KEY|BEGIN CERT/)
    const reviewed = log.split('\n').filter(line => line.includes('"msg":"reviewed"'))
    t.ok(reviewed.length >= bodies.length, 'and yet each is told of')
    return `${bodies.length} requests, ${reviewed.length} lines, no secret and no patch`
  },

  'ATK-52': async t => {
    const metadata = {
      name: TENANT,
      namespace: TENANT,
      annotations: ENABLED,
      labels: { team: TENANT },
    }
    const object = upstream({ metadata, spec: { kube: { serviceName: TENANT } } })
    const named = { name: TENANT, namespace: TENANT, userInfo: { username: TENANT } }
    const kind = { group: TENANT, version: TENANT, kind: TENANT }
    for (const more of [{}, { operation: 'DELETE', kind, object: null }, { operation: TENANT }])
      await server.send({ body: text(reviewOf(object, { ...named, ...more })) })
    await server.send({ path: `/${TENANT}`, body: '{}' })
    const metrics = await server.metrics()
    t.match(metrics, 'gloo_istio_reviews_total')
    t.notMatch(metrics, TENANT)
    const there = await server.send({ method: 'GET', path: '/metrics', headers: {} })
    t.equal(there.status, 404)
    const answer = await fetch(`http://127.0.0.1:${server.metricsPort}/mutate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text(reviewOf(object)),
    })
    t.equal(answer.status, 404)
    return 'no name among the metrics; 404 for either at the other’s port'
  },

  'ATK-53': async t => {
    const json = { 'content-type': 'application/json' }
    const requests: readonly Request[] = [
      { body: '{' },
      { body: '[]' },
      { body: text(reviewOf(upstream(), { operation: 'X' })) },
      { body: text(reviewOf({ apiVersion: 'v1', kind: 'Pod' })) },
      { body: '['.repeat(1_000) },
      { body: 'x'.repeat(8 * 2 ** 20) },
      { body: 'x', headers: { 'content-type': 'text/plain' } },
      { path: '/nothing', headers: json, body: '{}' },
      { path: '/%ff', headers: json, body: '{}' },
      { method: 'GET' },
      { method: 'PUT', body: '{}' },
      { method: 'OPTIONS', path: '*', headers: {} },
      { method: 'TRACE', headers: {} },
    ]
    const statuses = new Set<number>()
    for (const request of requests) {
      const { status, headers, body } = await server.send(request)
      statuses.add(status)
      t.ok(status >= 400 && status < 500, `${status} ${body.slice(0, 100)}`)
      t.notMatch(
        body,
        /\bat .+:\d+:\d+|node_modules|\.[cm]?[jt]s\b|\/work|\/app|fastify|FST_|Error:/i,
      )
      for (const name of ['server', 'x-powered-by', 'via']) t.equal(headers[name], undefined)
    }
    return `${requests.length} errors of ${[...statuses].map(String).toSorted().join(', ')}, none with a trace of the program`
  },

  'ATK-54': async t => {
    const paths = [
      '/debug',
      '/debug/status',
      '/debug/pprof/heap',
      '/debug/config',
      '/heapdump',
      '/heapsnapshot',
      '/json/list',
      '/json/version',
      '/config',
      '/.env',
      '/proc/self/environ',
    ]
    for (const path of paths) {
      const { status } = await server.send({ method: 'GET', path, headers: {} })
      t.equal(status, 404, path)
      t.equal(await statusOf(server.metricsPort, path), 404, path)
    }
    const { pid } = server.process.running
    t.strictSame(listening(pid, debugPort), ['0100007F'], '127.0.0.1')
    t.equal(await statusOf(debugPort, '/debug/status'), 200)
    t.equal(await statusOf(debugPort, '/debug/pprof/heap'), 404)
    t.equal(await statusOf(debugPort, '/debug/config', 'evil.example.com'), 403, 'rebound by DNS')
    const body = await (await fetch(`http://127.0.0.1:${debugPort}/debug/status`)).text()
    t.notMatch(body, /PRIVATE|BEGIN|token/i)
    return `${paths.length * 2} × 404; /debug on 127.0.0.1 alone, 403 for another name`
  },

  'ATK-55': async t => {
    const dir = t.testdir()
    const { certFile, keyFile, caFile } = await writeCertificates(dir)
    let refused = 0
    const options = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
    const api = createServer(options, (request, response) => {
      if (request.headers.authorization === `Bearer ${SECRET}`) refused++
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(text({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 }))
    })
    await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
    t.teardown(() => api.close())
    const { port: apiPort } = api.address() as AddressInfo
    const cluster = { server: `https://127.0.0.1:${apiPort}`, 'certificate-authority': caFile }
    const kubeconfig = join(dir, 'kubeconfig')
    writeFileSync(
      kubeconfig,
      text({
        clusters: [{ name: 'x', cluster }],
        users: [{ name: 'x', user: { token: SECRET } }],
        contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
        'current-context': 'x',
      }),
    )
    const config = join(dir, 'config.json')
    writeFileSync(config, text({ apiVersion: 'gloo-istio.io/v1alpha1', kind: 'Configuration' }))
    const [port, metricsPort] = [await freePort(), await freePort()]
    const process = await startServe({
      name: 'refused',
      dir,
      port,
      metricsPort,
      flags: [
        `--config=${config}`,
        `--kubeconfig=${kubeconfig}`,
        '--log-level=debug',
        '--follow',
        '--lease=gloo-istio/gloo-istio',
        '--webhook-configuration=gloo-istio',
        '--authority-secret=gloo-istio/gloo-istio-authority',
      ],
    })
    t.teardown(() => process.running.stop(0))
    const log = () => readFileSync(process.running.log, 'utf8')
    const deadline = Date.now() + 60_000
    while ((refused < 10 || !log().includes('401')) && Date.now() < deadline) await sleep(200)
    t.ok(refused >= 10, `${refused} requests`)
    t.match(log(), '401')
    t.notMatch(log(), SECRET)
    t.notMatch(log(), /Bearer/i)
    t.notOk(process.running.hasExited(), 'it goes on asking')
    return `${refused} requests refused, the token in none of ${log().split('\n').length - 1} lines`
  },
})
