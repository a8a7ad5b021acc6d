import { setTimeout as sleep } from 'node:timers/promises'
import { ApiClient } from './cluster/api.ts'
import { connect } from './cluster/client.ts'
import { LiveCluster } from './cluster/live-cluster.ts'
import type { Told } from './core/live.ts'
import { type Collection, EMPTY_SNAPSHOT, type Snapshot } from './core/snapshot.ts'
import type { Facts } from './core/types.ts'
import { reconcile } from './reconciling.ts'
import type { Logger } from './telemetry/log.ts'
import type { Metrics } from './telemetry/metrics.ts'
import { createWatchMetrics } from './telemetry/watch-metrics.ts'

export interface FollowOptions {
  readonly told: Told
  readonly kubeconfig: string | undefined
  /** Whoever holds it brings existing objects in line; undefined brings none. */
  readonly lease: { readonly namespace: string; readonly name: string } | undefined
  /** What of it is brought in line. */
  readonly collections: readonly Collection[]
  /** Of this process alone. */
  readonly identity: string
  readonly log: Logger
  readonly metrics: Metrics
}

/** A cluster that is followed. */
export interface Following {
  readonly facts: () => Facts
  /** Why reviews cannot be taken yet; undefined when they can. */
  readonly notReady: () => string | undefined
  /** What it knows of itself, for /debug. */
  readonly status: () => FollowingStatus
  readonly close: () => Promise<void>
}

export interface FollowingStatus {
  /** undefined when nothing is brought in line. */
  readonly isLeader: boolean | undefined
  readonly backlog: number | undefined
  readonly watchStalenessSeconds: Readonly<Record<string, number>>
  /** How many objects are known, by collection. */
  readonly objects: Readonly<Record<string, number>>
}

const clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (milliseconds: number, signal: AbortSignal) => sleep(milliseconds, undefined, { signal }),
  random: Math.random,
}

const later = (run: () => void, milliseconds: number) => {
  const timer = setTimeout(run, milliseconds).unref()
  return () => clearTimeout(timer)
}

/** The composition root of all that follows a cluster: informers, and with a Lease the reconciler. */
export const follow = (options: FollowOptions): Following => {
  const { log, lease } = options
  const api = new ApiClient(connect(options.kubeconfig))
  const cluster = new LiveCluster({
    ...clock,
    api,
    later,
    told: options.told,
    hasBootstraps: options.collections.includes('configMaps'),
    onTouched: touched => reconciling?.touched(touched),
    onFailure: (watch, error, retryAfterSeconds) =>
      log.warn({ watch, err: error, retryAfterSeconds }, 'watch interrupted'),
  })
  const reconciling = lease && reconcile({ ...options, lease, api, cluster, clock })
  createWatchMetrics({ registry: options.metrics.registry, staleness: () => cluster.staleness })
  cluster.start()
  reconciling?.start()
  return {
    facts: () => cluster.facts(),
    notReady: () =>
      cluster.isSynced ? undefined : 'not everything in the cluster was heard of yet',
    status: () => ({
      isLeader: reconciling?.isLeader(),
      backlog: reconciling?.backlog(),
      watchStalenessSeconds: Object.fromEntries(cluster.staleness),
      objects: countsOf(cluster.facts().snapshot ?? EMPTY_SNAPSHOT),
    }),
    close: async () => {
      await reconciling?.close()
      cluster.close()
      api.close()
    },
  }
}

const countsOf = (snapshot: Snapshot): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(snapshot).map(([collection, namespaces]) => [
      collection,
      [...namespaces.values()].reduce((sum, names) => sum + names.size, 0),
    ]),
  )
