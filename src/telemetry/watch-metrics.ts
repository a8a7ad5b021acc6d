import { Gauge, type Registry } from 'prom-client'

export interface WatchMetricsPorts {
  readonly registry: Registry
  /** Seconds since the last sign of life, by what is watched. */
  readonly staleness: () => ReadonlyMap<string, number>
}

/** The metric of following the cluster. */
export const createWatchMetrics = (ports: WatchMetricsPorts): void => {
  new Gauge({
    name: 'gloo_istio_watch_staleness_seconds',
    help: 'Time since the API server was last heard of, by what is watched',
    labelNames: ['watch'],
    registers: [ports.registry],
    collect() {
      this.reset()
      for (const [watch, seconds] of ports.staleness()) this.set({ watch }, seconds)
    },
  })
}
