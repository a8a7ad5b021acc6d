import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { reviewOf } from '../harness/build.ts'
import { operationsOf } from '../harness/patched.ts'
import type { Replica } from '../parts/replicas.ts'
import {
  type Asked,
  startTroubledProxy,
  type TroubledProxy,
  type TroubleOf,
} from '../stand-ins/troubled-proxy.ts'
import { NAMES, secondsUntil, setFaultStage } from './stage.ts'

const CONFIGURATION = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMES.configuration}`
export const LEASE = '/apis/coordination.k8s.io/v1/namespaces/gloo-istio/leases/gloo-istio'

export const isWatch = ({ url }: Asked): boolean => url.searchParams.get('watch') === 'true'
export const isOfLease = ({ url }: Asked): boolean => url.pathname.includes('/leases')

/** Three replicas, each with a proxy between it and the API server, and a fourth that nobody is sent to. */
export const setNetworkStage = async (t: Test) => {
  const stage = await setFaultStage(t, { count: 4, flags: ['--drain=1s'] })
  const { dir, controlPlane, replicas, live } = stage
  const proxies = new Map<string, TroubledProxy>()
  /** By way of a proxy from now on. */
  const reroute = async (replica: Replica): Promise<void> => {
    const { name } = replica
    const proxy = await startTroubledProxy({ ...controlPlane, dir, name })
    t.teardown(() => proxy.stop())
    proxies.set(name, proxy)
    const kubeconfig = JSON.parse(readFileSync(join(dir, 'webhook.kubeconfig'), 'utf8'))
    kubeconfig.clusters[0].cluster = { server: proxy.url, 'certificate-authority': proxy.caFile }
    const file = join(dir, `${name}.kubeconfig`)
    writeFileSync(file, JSON.stringify(kubeconfig), { mode: 0o600 })
    await replica.stop()
    await replica.start(`--kubeconfig=${file}`)
    await replica.untilReady()
  }
  const [spare, ...rest] = replicas.all.toReversed()
  const serving = rest.toReversed()
  if (spare === undefined) throw new TypeError('no replica')
  replicas.balancer.remove(spare.name)
  await Promise.all([spare, ...serving].map(reroute))
  await secondsUntil('the balancer knows them again', async () =>
    serving.every(({ name }) => replicas.balancer.isReady(name)),
  )
  const proxyOf = ({ name }: Replica): TroubledProxy => {
    const proxy = proxies.get(name)
    if (proxy === undefined) throw new TypeError(`no proxy for ${name}`)
    return proxy
  }
  // It must never be the one that writes: what it hears is to be cut off for minutes.
  proxyOf(spare).trouble(asked =>
    isOfLease(asked) ? { kind: 'answer', answer: () => ({ code: 403 }) } : undefined,
  )
  const { webhooks } = await live.api.request({ path: CONFIGURATION })
  const ca = Buffer.from(textAt(items(webhooks)[0], 'clientConfig', 'caBundle'), 'base64')
  return {
    ...stage,
    serving,
    spare,
    proxyOf,
    /** Of all that serve. */
    trouble: (trouble: TroubleOf | undefined) => {
      for (const replica of serving) proxyOf(replica).trouble(trouble)
    },
    cut: () => {
      for (const replica of serving) proxyOf(replica).cut()
    },
    asked: () => serving.flatMap(replica => proxyOf(replica).asked),
    leaders: () => leadersOf(serving),
    reviewer: (port: number) => reviewerOn(port, ca),
  }
}

export type NetworkStage = Awaited<ReturnType<typeof setNetworkStage>>

const leadersOf = async (replicas: readonly Replica[]): Promise<readonly Replica[]> => {
  const leading = await Promise.all(
    replicas.map(replica => replica.metric('gloo_istio_leader').catch(() => undefined)),
  )
  return replicas.filter((_, at) => leading[at] === 1)
}

/** Asks for reviews over one connection that is kept, as the API server does. */
const reviewerOn = (port: number, ca: Buffer) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  const sockets = new Set<unknown>()
  const send = (object: JsonObject): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const asked = { host: '127.0.0.1', port, path: '/mutate', method: 'POST', headers, agent }
      const sending = request({ ...asked, timeout: 10_000 }, response => {
        text(response).then(resolve, reject)
      })
      sending.on('socket', socket => sockets.add(socket))
      sending.on('timeout', () => sending.destroy(new Error('no answer in 10 s')))
      sending.on('error', reject).end(JSON.stringify(reviewOf(object)))
    })
  return {
    /** Whether it would be stored with an sslConfig; throws when there is no answer. */
    isFilled: async (object: JsonObject): Promise<boolean> => {
      const operations = operationsOf(JSON.parse(await send(object)))
      return operations.some(({ path }) => path === '/spec/sslConfig')
    },
    /** How many it dialled. */
    connections: () => sockets.size,
    close: () => agent.destroy(),
  }
}
