import type { ApiClient } from './cluster/api.ts'
import { applyWith } from './cluster/apply.ts'
import { EventRecorder } from './cluster/events.ts'
import { LeaseElection } from './cluster/lease.ts'
import type { LiveCluster } from './cluster/live-cluster.ts'
import type { Place } from './core/affected.ts'
import { toTell } from './core/explain.ts'
import type { ApplyOutcome, Change } from './core/plan.ts'
import { type Finding, finding, quote } from './core/reasons.ts'
import type { Collection } from './core/snapshot.ts'
import { Decisions } from './reconcile/decisions.ts'
import { Reconciler, type ReconcilerPorts } from './reconcile/reconciler.ts'
import type { Logger } from './telemetry/log.ts'
import type { Metrics } from './telemetry/metrics.ts'
import { createReconcileMetrics } from './telemetry/reconcile-metrics.ts'

export interface ReconcilingOptions {
  readonly api: ApiClient
  readonly cluster: LiveCluster
  /** Whoever holds it writes. */
  readonly lease: { readonly namespace: string; readonly name: string }
  /** What is written; any other object is left as it is. */
  readonly collections: readonly Collection[]
  /** Of this process alone. */
  readonly identity: string
  readonly clock: Pick<ReconcilerPorts, 'now' | 'sleep'> & { readonly random: () => number }
  readonly log: Logger
  readonly metrics: Metrics
}

export interface Reconciling {
  readonly touched: (places: readonly Place[]) => void
  readonly start: () => void
  readonly isLeader: () => boolean
  /** Objects that wait to be looked at or written. */
  readonly backlog: () => number
  /** Ends what is being written, then gives the Lease away. */
  readonly close: () => Promise<void>
}

/** The composition root of all that writes: the Lease, the reconciler, and what tells of its writes. */
export const reconcile = (options: ReconcilingOptions): Reconciling => {
  const { api, cluster, clock, log, metrics } = options
  const decisions = new Decisions()
  const election = openElection(options, () => decisions.clear())
  const events = openEvents(options)
  const tell = ({ object }: Change, { level, reason, message }: Finding) =>
    events.record({ object, type: level === 'warning' ? 'Warning' : 'Normal', reason, message })
  const reconciler = new Reconciler({
    ...clock,
    facts: () => (cluster.isSynced ? cluster.facts() : undefined),
    isLeader: () => election.isLeader,
    collections: options.collections,
    apply: applyWith(api),
    onDecided: (place, change) => {
      const found = change && toTell(change.decision)
      if (decisions.note(place, change) && change && found) tell(change, found)
    },
    onApplied: (place, change, outcome) => {
      const found = findingOf(change, outcome)
      record(place, change, outcome.kind)
      if (found) tell(change, found)
    },
    onContested: (place, change) => {
      record(place, change, 'contested')
      tell(change, finding('Contested', { reason: change.decision.finding.reason }))
    },
  })
  const isLeader = () => election.isLeader
  const backlog = () => reconciler.backlog
  const { recordWrite } = createReconcileMetrics({
    registry: metrics.registry,
    isLeader,
    backlog,
    upstreams: () => decisions.countsOf('upstreams'),
  })
  const record = (place: Place, { decision }: Change, outcome: string) => {
    const { reason, message } = decision.finding
    recordWrite({ kind: place.collection, outcome, reason })
    log.info({ ...place, outcome, reason, message }, 'reconciled')
  }
  return {
    touched: places => reconciler.touched(places),
    start: () => {
      election.start()
      reconciler.start()
    },
    isLeader,
    backlog,
    close: async () => {
      await reconciler.close()
      await Promise.all([election.close(), events.close()])
    },
  }
}

/** What a write is to be told by; conflicts and absences are no news. */
const findingOf = ({ decision }: Change, outcome: ApplyOutcome): Finding | undefined => {
  const { reason } = decision.finding
  switch (outcome.kind) {
    case 'written':
      return decision.finding
    case 'refused':
      return finding('WriteRefused', { reason, message: quote(outcome.error.message) })
    case 'unavailable':
    case 'conflict':
    case 'gone':
      return undefined
    default:
      return outcome satisfies never
  }
}

/**
 * Shorter than Kubernetes' own 15, 10 and 2 s: what was written while all processes were dead has to be in line
 * within ten seconds of their return, and one that loses the Lease for nothing loses nothing by it.
 */
const TERMS = { durationSeconds: 5, renewDeadlineSeconds: 3, retrySeconds: 1 }

const openElection = (options: ReconcilingOptions, onLost: () => void): LeaseElection => {
  const { api, clock, lease, identity, log } = options
  return new LeaseElection({
    ...lease,
    ...TERMS,
    identity,
    ports: {
      ...clock,
      api,
      onAcquired: () => log.info({ lease, identity }, 'leading'),
      onLost: why => {
        onLost()
        log.info({ lease, identity, why }, 'not leading any more')
      },
      onFailure: error => log.warn({ lease, err: error }, 'Lease not written'),
    },
  })
}

const openEvents = ({ api, clock, identity, log }: ReconcilingOptions): EventRecorder =>
  new EventRecorder({
    ...clock,
    api,
    instance: identity,
    onFailure: error => log.debug({ err: error }, 'Event not written'),
    onDropped: count => log.warn({ count }, 'Events dropped: too many at once'),
  })
