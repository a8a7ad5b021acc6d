import { Counter, Gauge, type Registry } from 'prom-client'

export interface ReconcileMetricsPorts {
  readonly registry: Registry
  readonly isLeader: () => boolean
  readonly backlog: () => number
  /** How many Upstreams there are for each reason. */
  readonly upstreams: () => ReadonlyMap<string, number>
}

export interface ReconcileMetrics {
  /** Counts a write that was tried, or put off. */
  readonly recordWrite: (labels: {
    readonly kind: string
    readonly outcome: string
    readonly reason: string
  }) => void
}

/** The metrics of bringing objects in line, beside those of reviews. */
export const createReconcileMetrics = (ports: ReconcileMetricsPorts): ReconcileMetrics => {
  const registers = [ports.registry]
  const writes = new Counter({
    name: 'gloo_istio_reconcile_writes_total',
    help: 'Writes of the reconciler by what became of them and why',
    labelNames: ['kind', 'outcome', 'reason'],
    registers,
  })
  new Gauge({
    name: 'gloo_istio_leader',
    help: 'Whether this process is the one that writes (1) or not (0)',
    registers,
    collect() {
      this.set(ports.isLeader() ? 1 : 0)
    },
  })
  new Gauge({
    name: 'gloo_istio_reconcile_backlog',
    help: 'Objects that wait to be looked at or written',
    registers,
    collect() {
      this.set(ports.backlog())
    },
  })
  new Gauge({
    name: 'gloo_istio_upstreams',
    help: 'Upstreams by the reason that decided about them; of the leader alone',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of ports.upstreams()) this.set({ reason }, count)
    },
  })
  return { recordWrite: labels => writes.inc(labels) }
}
