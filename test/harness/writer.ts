import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { ApiClient, ApiError } from '../../src/cluster/api.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { discovered, GLOO_SYSTEM, sslConfigOf } from './live.ts'

export interface WriterOptions {
  /** The path of a kubeconfig. */
  readonly kubeconfig: string
  /** Writes at once. Default: 8; up to 32 keep their connections. */
  readonly concurrency?: number
  /** An Upstream of that name that is to be stored with an sslConfig. Default: annotated, of namespace default. */
  readonly upstream?: (name: string) => JsonObject
  /** Times that each Upstream is changed before it is deleted. Default: 20. */
  readonly changes?: number
  /** Whether what was written stays, for who wants to look at it. Default: no. */
  readonly keep?: boolean
}

export interface WriterCounts {
  /** Creations and changes that were stored, each of which was reviewed. */
  readonly written: number
  /** Of these, the ones that came back without sslConfig, by the name of the Upstream. */
  readonly uninjected: readonly string[]
  /** What the API server answered to writes that failed, `500 the message`, and how often. */
  readonly failed: ReadonlyMap<string, number>
  /** Writes that the API server itself gave no answer to, or turned away before any review: it was away. */
  readonly away: number
  /** The time of a write that was stored, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number }
}

export interface Writer {
  /** Of all that was written since it started. */
  readonly counts: () => WriterCounts
  /** Waits until so many more are stored. */
  readonly untilWritten: (more: number, seconds?: number) => Promise<void>
  /** Ends the writes that are under way, deletes what is left, and says what became of all. */
  readonly stop: () => Promise<WriterCounts>
}

const PATH = `/apis/gloo.solo.io/v1/namespaces/${GLOO_SYSTEM}/upstreams`
const PAUSE_MS = 50

/** An Upstream that gets an sslConfig, wherever it leads. */
export const annotated = (name: string): JsonObject => {
  const upstream = discovered('default', name)
  return {
    ...upstream,
    metadata: {
      namespace: GLOO_SYSTEM,
      name,
      annotations: { 'gloo-istio.io/mtls': 'enabled' },
    },
  }
}

interface Tally {
  written: number
  readonly uninjected: string[]
  readonly failed: Map<string, number>
  away: number
  readonly milliseconds: number[]
}

const countsOf = ({ written, uninjected, failed, away, milliseconds }: Tally): WriterCounts => {
  const sorted = milliseconds.toSorted((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  const latency = { p50: at(0.5), p99: at(0.99), max: at(1) }
  return { written, uninjected: [...uninjected], failed: new Map(failed), away, latency }
}

/** undefined when the API server was away, or busy with itself: it starts, or ends. */
const failureOf = (error: unknown): string | undefined => {
  if (!(error instanceof ApiError)) return undefined
  const { statusCode, message } = error
  const isItsOwn = [429, 503].includes(statusCode) && !message.includes('webhook')
  return isItsOwn ? undefined : `${statusCode} ${message}`
}

/**
 * Writes Upstreams through a real API server without a pause: each is created, then changed by what would take
 * its sslConfig away, and has to come back with one every time.
 */
export const startWriter = (options: WriterOptions): Writer => {
  const { concurrency = 8, upstream = annotated, changes = 20, keep = false } = options
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(options.kubeconfig)
  const api = new ApiClient(kubeConfig)
  const tally: Tally = { written: 0, uninjected: [], failed: new Map(), away: 0, milliseconds: [] }
  let [isOver, count] = [false, 0]
  // What an earlier writer could not delete, as the API server was away, is not in the way.
  const tag = Date.now().toString(36)

  const write = async (name: string, asked: Parameters<typeof api.request>[0]): Promise<void> => {
    const begin = performance.now()
    const stored = await api.request(asked)
    tally.milliseconds.push(performance.now() - begin)
    tally.written++
    if (sslConfigOf(stored) === undefined) tally.uninjected.push(name)
  }
  const fail = async (error: unknown): Promise<void> => {
    const said = failureOf(error)
    if (said === undefined) tally.away++
    else tally.failed.set(said, (tally.failed.get(said) ?? 0) + 1)
    await sleep(PAUSE_MS)
  }
  const remove = (name: string) =>
    api.request({ method: 'DELETE', path: `${PATH}/${name}` }).catch(() => {})
  const live = async (name: string): Promise<void> => {
    await write(name, { method: 'POST', path: PATH, body: upstream(name) })
    for (let change = 0; change < changes && !isOver; change++)
      await write(name, {
        method: 'PATCH',
        path: `${PATH}/${name}`,
        body: { spec: { sslConfig: null, discoveryMetadata: { labels: { change: `${change}` } } } },
        contentType: 'application/merge-patch+json',
      })
  }
  const work = async (): Promise<void> => {
    while (!isOver) {
      const name = `written-${tag}-${++count}`
      await live(name).catch(fail)
      if (!keep) await remove(name)
    }
  }
  const working = Promise.all(Array.from({ length: concurrency }, work))
  return {
    counts: () => countsOf(tally),
    untilWritten: async (more, seconds = 120) => {
      const [wanted, deadline] = [tally.written + more, Date.now() + seconds * 1000]
      while (tally.written < wanted) {
        if (Date.now() > deadline)
          throw new Error(`${tally.written} of ${wanted} writes after ${seconds} s`)
        await sleep(PAUSE_MS)
      }
    },
    stop: async () => {
      isOver = true
      await working
      api.close()
      return countsOf(tally)
    },
  }
}
