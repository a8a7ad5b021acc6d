import type { Way } from './graph.ts'
import type { UpstreamReport } from './upstream-report.ts'

/** What the dashboard's page is told, in its own words. */

/** `loading` knows no Upstream yet, `lost` shows what was known when the API server last answered. */
export type Phase = 'loading' | 'live' | 'lost'

export interface Status {
  readonly phase: Phase
  /** Why it is lost; empty otherwise. */
  readonly trouble: string
  /** What cannot be seen for want of rights, in the API server's words. */
  readonly unseen: readonly string[]
  readonly about: About
}

/** What does not change while the dashboard runs. */
export interface About {
  readonly version: string
  /** The context of the kubeconfig, or the address of the API server. */
  readonly cluster: string
  /** `observe` and `warn` write nothing. */
  readonly stage: string
}

/** All that is said of one Upstream once somebody asks. */
export interface Details {
  readonly report: UpstreamReport
  readonly commands: readonly Command[]
}

/** What to run to go on. */
export interface Command {
  readonly about: string
  readonly line: string
}

/** What differs from what the page was told before. */
export interface Changes {
  readonly put: readonly Way[]
  /** By namespace and name: `gloo-system/default-details-9080`. */
  readonly gone: readonly string[]
}

export const keyOf = ({ namespace, name }: Pick<Way, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`

/** Each way as text, by its Upstream: what was told, to compare with. */
export type Known = ReadonlyMap<string, string>

export const knownOf = (ways: readonly Way[]): Known =>
  new Map(ways.map(way => [keyOf(way), JSON.stringify(way)]))

export const changesSince = (
  before: Known,
  ways: readonly Way[],
  now = knownOf(ways),
): Changes => ({
  put: ways.filter(way => before.get(keyOf(way)) !== now.get(keyOf(way))),
  gone: [...before.keys()].filter(key => !now.has(key)),
})
