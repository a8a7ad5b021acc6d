import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Replica } from '../parts/replicas.ts'
import {
  type Asked,
  startTroubledProxy,
  type TroubledProxy,
  type TroubleOf,
} from '../stand-ins/troubled-proxy.ts'
import { reviewersOf } from './reviewer.ts'
import { secondsUntil, setFaultStage } from './stage.ts'

export const LEASE = '/apis/coordination.k8s.io/v1/namespaces/gloo-istio/leases/gloo-istio'

export const isWatch = ({ url }: Asked): boolean => url.searchParams.get('watch') === 'true'
export const isOfLease = ({ url }: Asked): boolean => url.pathname.includes('/leases')

/** Three replicas, each with a proxy between it and the API server, and a fourth that nobody is sent to. */
export const setNetworkStage = async (t: Test) => {
  const stage = await setFaultStage(t, { count: 4, flags: ['--drain=3s'] })
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
    reviewer: await reviewersOf(live),
  }
}

export type NetworkStage = Awaited<ReturnType<typeof setNetworkStage>>

const leadersOf = async (replicas: readonly Replica[]): Promise<readonly Replica[]> => {
  const leading = await Promise.all(replicas.map(({ metric }) => metric('gloo_istio_leader')))
  return replicas.filter((_, at) => leading[at] === 1)
}
