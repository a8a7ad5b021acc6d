import { field, items, textAt } from '../core/json.ts'
import type { ClusterSeen } from '../core/verify-cluster.ts'
import type { EnvoySeen } from '../core/verify-pod.ts'
import { type Source, sdsClusterOf, type Tls } from '../core/verify-tls.ts'
import {
  countedIn,
  endpointsOf,
  rejectedIn,
  type Stats,
  sdsFailuresIn,
  statName,
  statsIn,
} from './admin-counters.ts'
import { clustersNamed } from './admin-dump.ts'
import { materialOf } from './admin-material.ts'
import { type AskAdmin, anyOf, dumpPath, escaped, type ReadAdmin, readerOf } from './admin-read.ts'
import { tlsOfCluster } from './admin-tls.ts'

export interface AdminQuestion {
  /** The likeliest name of the cluster, first of all. */
  readonly clusterNames: readonly string[]
  /** Finds the cluster by its whole name. */
  readonly clusterPattern: string
  /** Where the certificate is to come from. */
  readonly certificate: Source | undefined
  /** Whose it is to be. */
  readonly identity: string | undefined
  /** Waits before failures are counted once more. */
  readonly pause: () => Promise<unknown>
}

/** All that Envoy tells of one cluster. Throws when it cannot be asked, or something else answers. */
export const askEnvoy = async (ask: AskAdmin, question: AdminQuestion): Promise<EnvoySeen> => {
  const read = readerOf(ask)
  const cluster = await findCluster(read, question)
  const { certificate, authorities } = cluster?.seen.tls ?? NOTHING
  const sds = sdsClusterOf(certificate) ?? sdsClusterOf(question.certificate)
  const material = await materialOf(
    read,
    cluster?.config,
    { certificate, authorities },
    question.identity,
  )
  return {
    cluster: cluster?.seen,
    ...material,
    ...(await endpointsSeen(read, cluster?.seen.name, sds)),
    ...(await countersSeen(read, statName(cluster?.config), certificate, question.pause)),
  }
}

const NOTHING: Pick<Tls, 'certificate' | 'authorities'> = {
  certificate: undefined,
  authorities: undefined,
}

/** One that is being prepared says what Envoy was told last. */
const LISTS = ['dynamic_warming_clusters', 'dynamic_active_clusters']

/** Looks for the likeliest name, and then through all of them. */
const findCluster = async (read: ReadAdmin, { clusterNames, clusterPattern }: AdminQuestion) => {
  for (const names of [clusterNames.slice(0, 1), []])
    for (const list of LISTS) {
      const [config] = clustersNamed(await read(dumpPath(list, names)), list, clusterPattern)
      if (config) return { config, seen: seenCluster(config, list === LISTS[0]) }
    }
  return undefined
}

const seenCluster = (config: unknown, isWarming: boolean): ClusterSeen => ({
  name: textAt(config, 'name'),
  isWarming,
  tls: tlsOfCluster(config),
  isByEndpoint: items(field(config, 'transport_socket_matches')).length > 0,
})

const NO_ENDPOINTS = { total: 0, healthy: 0, connections: 0, failed: 0, answered: 0 }

const endpointsSeen = async (
  read: ReadAdmin,
  cluster: string | undefined,
  sds: string | undefined,
) => {
  const names = [cluster, sds].filter(name => name !== undefined)
  const statuses = await read(`clusters?format=json&filter=${anyOf(names.map(escaped))}`)
  const of = (name: string | undefined) =>
    name === undefined ? undefined : endpointsOf(statuses, name)
  return {
    endpoints: of(cluster) ?? NO_ENDPOINTS,
    hasSdsCluster: sds === undefined ? undefined : of(sds) !== undefined,
  }
}

const COUNTERS = 'handshake|fail_verify_san|fail_verify_error|fail_verify_no_cert|connection_error'

const countersSeen = async (
  read: ReadAdmin,
  name: string,
  certificate: Source | undefined,
  pause: () => Promise<unknown>,
) => {
  const secret = certificate?.by === 'sds' ? certificate.name : ''
  const filter = anyOf([
    `cluster\\.${escaped(name)}\\.ssl\\.(${COUNTERS})`,
    `sds\\.${escaped(secret)}\\.update_(success|failure)`,
    'cluster_manager\\.cds\\.update_rejected',
  ])
  const count = async () => statsIn(await read(`stats?format=json&filter=${filter}`))
  const stats = await count()
  return {
    rejected: rejectedIn(stats),
    sdsFailures: sdsFailuresIn(stats, secret),
    counted: countedIn(stats, name),
    later: await recount(stats, name, () => pause().then(count)),
  }
}

/** Failures may be long past: whether there are more a moment later tells. */
const recount = async (stats: Stats, name: string, again: () => Promise<Stats>) => {
  const { wrongName, wrongAuthority, broken } = countedIn(stats, name)
  return wrongName + wrongAuthority + broken > 0 ? countedIn(await again(), name) : undefined
}
