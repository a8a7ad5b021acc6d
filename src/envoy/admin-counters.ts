import { field, fieldAt, items, textAt } from '../core/json.ts'
import type { Counted, EndpointsSeen } from '../core/verify-handshakes.ts'

/** Values by name, of `/stats?format=json`. */
export const statsIn = (answer: unknown): ReadonlyMap<string, number> =>
  new Map(
    items(field(answer, 'stats')).flatMap(stat => {
      const value = field(stat, 'value')
      return typeof value === 'number' ? [[textAt(stat, 'name'), value] as const] : []
    }),
  )

export type Stats = ReadonlyMap<string, number>

/** A cluster has the name of its statistics, where it has one; a colon in it is written as an underscore. */
export const statName = (cluster: unknown): string =>
  (textAt(cluster, 'alt_stat_name') || textAt(cluster, 'name')).replaceAll(':', '_')

export const countedIn = (stats: Stats, name: string): Counted => {
  const count = (stat: string) => stats.get(`cluster.${name}.ssl.${stat}`) ?? 0
  return {
    handshakes: count('handshake'),
    wrongName: count('fail_verify_san'),
    wrongAuthority: count('fail_verify_error') + count('fail_verify_no_cert'),
    broken: count('connection_error'),
  }
}

/** Attempts to get a secret that failed, where none did not. */
export const sdsFailuresIn = (stats: Stats, secret: string): number => {
  const count = (stat: string) => stats.get(`sds.${secret}.${stat}`) ?? 0
  return count('update_success') > 0 ? 0 : count('update_failure')
}

export const rejectedIn = (stats: Stats): number =>
  stats.get('cluster_manager.cds.update_rejected') ?? 0

/** What `/clusters?format=json` has of a cluster; undefined when it has none of that name. */
export const endpointsOf = (answer: unknown, name: string): EndpointsSeen | undefined => {
  const cluster = items(field(answer, 'cluster_statuses')).find(
    status => textAt(status, 'name') === name,
  )
  return cluster === undefined ? undefined : sumOf(items(field(cluster, 'host_statuses')))
}

const sumOf = (hosts: readonly unknown[]): EndpointsSeen => {
  const sum = (name: string) =>
    hosts.map(host => statOf(host, name)).reduce((one, other) => one + other, 0)
  return {
    total: hosts.length,
    healthy: hosts.filter(isHealthy).length,
    connections: sum('cx_total'),
    failed: sum('cx_connect_fail'),
    answered: sum('rq_success'),
  }
}

/** A number that is nothing is left out, and one that is large is a text. */
const statOf = (host: unknown, name: string): number => {
  const stat = items(field(host, 'stats')).find(found => textAt(found, 'name') === name)
  return Number(field(stat, 'value') ?? 0)
}

const FAILED = ['failed_active_health_check', 'failed_outlier_check', 'pending_active_hc']

const isHealthy = (host: unknown): boolean => {
  const status = field(host, 'health_status')
  const eds = fieldAt(status, 'eds_health_status')
  const isDown = eds === 'UNHEALTHY' || eds === 'DRAINING' || eds === 'TIMEOUT'
  return !isDown && FAILED.every(flag => field(status, flag) !== true)
}
