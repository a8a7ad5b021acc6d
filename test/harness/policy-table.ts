import type { PolicyRule, Ruling } from '../../src/core/policy.ts'
import type { ClusterSelection } from '../../src/core/types.ts'

/**
 * One line of the truth table of selection. `-` is not set; of two destinations, what is true of the first
 * and of the second stands on either side of a slash.
 */
export interface PolicyRow {
  /** Where the Upstream leads to; it asks for port 9080 of the first Service, 9443 of the second. */
  readonly leadsTo: Destinations
  /** Annotation `gloo-istio.io/mtls` of the Upstream. */
  readonly upstream: string
  /** Annotation `gloo-istio.io/mtls` of the Service. */
  readonly service: string
  /** Label `gloo-istio.io/mtls` of the namespace of the Service. */
  readonly destinationNamespace: string
  /** Label `gloo-istio.io/mtls` of the namespace of the Upstream. */
  readonly ownNamespace: string
  /** `selection` of the configuration. */
  readonly selection: ClusterSelection
  /** Whether the Service is in the mesh, and what says so. */
  readonly member: string
  readonly outcome: Ruling['say']
  /** The rule that speaks. */
  readonly by: PolicyRule | undefined
}

export type Destinations = 'a Service' | 'two Services' | 'outside' | 'a Service and outside'

type Line = readonly [
  upstream: string,
  service: string,
  destinationNamespace: string,
  ownNamespace: string,
  selection: ClusterSelection,
  member: string,
  outcome: Ruling['say'],
  by: PolicyRule | '-',
]

const rowsOf = (leadsTo: Destinations, lines: readonly Line[]): readonly PolicyRow[] =>
  lines.map(([upstream, service, destination, own, selection, member, outcome, by]) => ({
    leadsTo,
    upstream,
    service,
    destinationNamespace: destination,
    ownNamespace: own,
    selection,
    member,
    outcome,
    by: by === '-' ? undefined : by,
  }))

const DESTINATION = 'destination namespace'
const OWN = 'own namespace'
const DEFAULT = 'cluster default'

// upstream | service | destination namespace | own namespace | selection | member | outcome | by
const ORDER: readonly Line[] = [
  ['enabled', 'disabled', 'disabled', 'disabled', 'off', 'no', 'on', 'Upstream'],
  ['disabled', 'enabled', 'enabled', 'enabled', 'all', 'by pods', 'off', 'Upstream'],
  ['yes', 'enabled', 'enabled', 'enabled', 'all', 'by pods', 'unclear', 'Upstream'],
  ['-', 'enabled', 'disabled', 'disabled', 'off', 'no', 'on', 'Service'],
  ['-', 'disabled', 'enabled', 'enabled', 'all', 'by pods', 'off', 'Service'],
  ['-', 'yes', 'enabled', 'enabled', 'all', 'by pods', 'unclear', 'Service'],
  ['-', '-', 'enabled', 'disabled', 'labelled', 'no', 'on', DESTINATION],
  ['-', '-', 'disabled', 'enabled', 'all', 'by pods', 'off', DESTINATION],
  ['-', '-', 'yes', 'enabled', 'all', 'by pods', 'unclear', DESTINATION],
  ['-', '-', '-', 'enabled', 'labelled', 'no', 'on', OWN],
  ['-', '-', '-', 'disabled', 'all', 'by pods', 'off', OWN],
  ['-', '-', '-', 'yes', 'all', 'by pods', 'unclear', OWN],
]

const SELECTION: readonly Line[] = [
  ['-', '-', 'enabled', 'enabled', 'off', 'by pods', 'unsaid', '-'],
  ['-', '-', 'disabled', 'disabled', 'off', 'by pods', 'unsaid', '-'],
  ['-', '-', 'yes', 'yes', 'off', 'by pods', 'unsaid', '-'],
  ['-', '-', '-', '-', 'labelled', 'by pods', 'unsaid', '-'],
  ['-', '-', 'enabled', '-', 'mesh-members', 'no', 'on', DESTINATION],
  ['-', '-', '-', 'disabled', 'mesh-members', 'by pods', 'off', OWN],
  ['-', '-', '-', '-', 'mesh-members', 'by pods', 'on', DEFAULT],
  ['-', '-', '-', '-', 'mesh-members', 'by some pods', 'on', DEFAULT],
  ['-', '-', '-', '-', 'mesh-members', 'by namespace', 'on', DEFAULT],
  ['-', '-', '-', '-', 'mesh-members', 'by revision', 'on', DEFAULT],
  ['-', '-', '-', '-', 'mesh-members', 'not its pods', 'unsaid', '-'],
  ['-', '-', '-', '-', 'mesh-members', 'ambient', 'unsaid', '-'],
  ['-', '-', '-', '-', 'mesh-members', 'no', 'unsaid', '-'],
  ['-', '-', '-', '-', 'mesh-members', 'unknown', 'unsaid', '-'],
  ['-', '-', '-', '-', 'all', 'by pods', 'on', DEFAULT],
  ['-', '-', '-', '-', 'all', 'ambient', 'on', DEFAULT],
  ['-', '-', '-', '-', 'all', 'no', 'on', DEFAULT],
  ['-', '-', '-', '-', 'all', 'unknown', 'on', DEFAULT],
]

const PORTS: readonly Line[] = [
  ['9080:enabled', 'disabled', '-', '-', 'labelled', 'no', 'on', 'Upstream'],
  ['9080:disabled', 'enabled', '-', '-', 'labelled', 'no', 'off', 'Upstream'],
  ['9443:disabled', 'enabled', '-', '-', 'labelled', 'no', 'on', 'Service'],
  ['9080:yes', 'enabled', '-', '-', 'labelled', 'no', 'unclear', 'Upstream'],
  ['enabled,9080:disabled', '-', '-', '-', 'labelled', 'no', 'off', 'Upstream'],
  ['disabled, 9080:enabled', '-', '-', '-', 'labelled', 'no', 'on', 'Upstream'],
  ['9443:enabled,9444:enabled', '-', '-', '-', 'labelled', 'no', 'unsaid', '-'],
  ['-', '9080:enabled', 'disabled', '-', 'labelled', 'no', 'on', 'Service'],
  ['-', '9443:enabled', 'disabled', '-', 'labelled', 'no', 'off', DESTINATION],
  ['-', 'enabled,9080:disabled', '-', '-', 'labelled', 'no', 'off', 'Service'],
  ['-', '9080:enabled,', '-', '-', 'labelled', 'no', 'unclear', 'Service'],
]

const TWO: readonly Line[] = [
  ['-', 'enabled / enabled', '- / -', '-', 'labelled', 'no / no', 'on', 'Service'],
  ['-', 'disabled / disabled', '- / -', '-', 'labelled', 'no / no', 'off', 'Service'],
  ['-', 'enabled / disabled', '- / -', '-', 'labelled', 'no / no', 'unclear', 'Service'],
  ['-', 'enabled / -', 'enabled / enabled', '-', 'labelled', 'no / no', 'unclear', 'Service'],
  ['-', '- / disabled', '- / -', '-', 'labelled', 'no / no', 'unclear', 'Service'],
  ['-', 'enabled / yes', '- / -', '-', 'labelled', 'no / no', 'unclear', 'Service'],
  ['-', '9080:enabled / 9443:enabled', '- / -', '-', 'labelled', 'no / no', 'on', 'Service'],
  ['-', '- / -', 'enabled / enabled', '-', 'labelled', 'no / no', 'on', DESTINATION],
  ['-', '- / -', 'disabled / disabled', '-', 'labelled', 'no / no', 'off', DESTINATION],
  ['-', '- / -', 'enabled / -', 'enabled', 'labelled', 'no / no', 'unclear', DESTINATION],
  ['-', '- / -', 'enabled / disabled', '-', 'labelled', 'no / no', 'unclear', DESTINATION],
  ['-', '- / -', '- / -', 'enabled', 'labelled', 'no / no', 'on', OWN],
  ['-', '- / -', '- / -', '-', 'mesh-members', 'by pods / by namespace', 'on', DEFAULT],
  ['-', '- / -', '- / -', '-', 'mesh-members', 'by pods / no', 'unsaid', '-'],
  ['-', '- / -', '- / -', '-', 'all', 'no / no', 'on', DEFAULT],
  ['enabled', 'disabled / -', 'disabled / -', '-', 'labelled', 'no / no', 'on', 'Upstream'],
  ['disabled', 'enabled / -', 'enabled / -', '-', 'labelled', 'no / no', 'off', 'Upstream'],
  ['9080:enabled', '- / -', '- / -', '-', 'labelled', 'no / no', 'unclear', 'Upstream'],
  ['9080:enabled,9443:enabled', '- / -', '- / -', '-', 'labelled', 'no / no', 'on', 'Upstream'],
]

const OUTSIDE: readonly Line[] = [
  ['enabled', '-', '-', '-', 'labelled', 'no', 'on', 'Upstream'],
  ['disabled', '-', '-', '-', 'labelled', 'no', 'off', 'Upstream'],
  ['9080:enabled', '-', '-', '-', 'labelled', 'no', 'unsaid', '-'],
  ['-', '-', '-', 'enabled', 'labelled', 'no', 'unsaid', '-'],
  ['-', '-', '-', '-', 'mesh-members', 'no', 'unsaid', '-'],
  ['-', '-', '-', '-', 'all', 'no', 'unsaid', '-'],
]

const HALF_OUTSIDE: readonly Line[] = [
  ['-', 'enabled', '-', '-', 'labelled', 'by pods', 'on', 'Service'],
  ['-', '-', 'enabled', '-', 'labelled', 'by pods', 'on', DESTINATION],
  ['-', '-', '-', 'enabled', 'labelled', 'by pods', 'unsaid', '-'],
  ['-', '-', '-', '-', 'mesh-members', 'by pods', 'unsaid', '-'],
  ['-', '-', '-', '-', 'all', 'by pods', 'unsaid', '-'],
]

/** Each part is about one thing; in all of them the first rule that speaks wins. */
export const POLICY_TABLE: readonly {
  readonly title: string
  readonly rows: readonly PolicyRow[]
}[] = [
  { title: 'The order of the rules', rows: rowsOf('a Service', ORDER) },
  { title: 'What no annotation and no label selects', rows: rowsOf('a Service', SELECTION) },
  { title: 'Single ports', rows: rowsOf('a Service', PORTS) },
  { title: 'Two Services behind one Upstream', rows: rowsOf('two Services', TWO) },
  { title: 'Destinations outside of the cluster', rows: rowsOf('outside', OUTSIDE) },
  {
    title: 'Destinations inside and outside',
    rows: rowsOf('a Service and outside', HALF_OUTSIDE),
  },
]
