import { setTimeout as sleep } from 'node:timers/promises'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import { eventually } from '../harness/live.ts'
import type { RealCluster } from './cluster.ts'
import { must } from './release.ts'

/** What a pod has taken, as its kubelet counts. */
interface Usage {
  readonly pod: string
  /** When it was counted, in milliseconds. */
  readonly at: number
  /** Since its start. */
  readonly cpuSeconds: number
  /** Memory that counts against the limit, in MiB. */
  readonly workingSet: number
  /** MiB. */
  readonly rss: number
}

/** What a pod took over a time, and the memory that it had at its end. */
export interface Spent extends Omit<Usage, 'at'> {
  /** Thousandths of one CPU. */
  readonly milliCpu: number
}

const MIB = 1024 * 1024

const numberAt = (value: unknown, ...path: string[]): number => Number(fieldAt(value, ...path))

const usageOf = (pod: unknown): Usage => ({
  pod: textAt(pod, 'podRef', 'name'),
  at: Date.parse(textAt(pod, 'cpu', 'time')),
  cpuSeconds: numberAt(pod, 'cpu', 'usageCoreNanoSeconds') / 1e9,
  workingSet: numberAt(pod, 'memory', 'workingSetBytes') / MIB,
  rss: numberAt(pod, 'memory', 'rssBytes') / MIB,
})

/** Of each pod of a namespace, on every node. */
const usageIn = async ({ kubectl }: RealCluster, namespace: string): Promise<readonly Usage[]> => {
  const nodes = JSON.parse(await must(kubectl, 'get', 'nodes', '-o', 'json')) as unknown
  const summaries = await Promise.all(
    items(fieldAt(nodes, 'items'))
      .map(node => `/api/v1/nodes/${textAt(node, 'metadata', 'name')}/proxy/stats/summary`)
      .map(path => must(kubectl, 'get', '--raw', path)),
  )
  return summaries
    .flatMap(summary => items(fieldAt(JSON.parse(summary), 'pods')))
    .filter(pod => textAt(pod, 'podRef', 'namespace') === namespace)
    .map(usageOf)
}

/** A kubelet counts every ten seconds or so: waits until it has counted each pod after the moment. */
const usageAfter = async (cluster: RealCluster, namespace: string, moment: number) => {
  let found: readonly Usage[] = []
  const isCounted = async (): Promise<boolean> => {
    found = await usageIn(cluster, namespace)
    return found.length > 0 && found.every(({ at }) => at > moment)
  }
  await eventually('the kubelet has counted', isCounted, 60, 1_000)
  return found
}

/** Of each pod of a namespace, over so many seconds, and a few more. */
export const spentOver = async (
  cluster: RealCluster,
  namespace: string,
  seconds: number,
): Promise<readonly Spent[]> => {
  const before = await usageAfter(cluster, namespace, Date.now())
  await sleep(seconds * 1000)
  const after = await usageAfter(cluster, namespace, Date.now())
  return before.flatMap(earlier => {
    const later = after.find(({ pod }) => pod === earlier.pod)
    if (later === undefined) return []
    const cpuSeconds = later.cpuSeconds - earlier.cpuSeconds
    return [{ ...later, cpuSeconds, milliCpu: (1e6 * cpuSeconds) / (later.at - earlier.at) }]
  })
}

export const describe = ({ milliCpu, workingSet, rss }: Spent): string =>
  `${milliCpu.toFixed(0)}m CPU, ${workingSet.toFixed(0)} MiB, of it ${rss.toFixed(0)} MiB RSS`
