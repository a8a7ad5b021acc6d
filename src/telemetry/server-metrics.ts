import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { watchEventLoop } from './event-loop.ts'

export interface ServerMetricsPorts {
  readonly registry: Registry
  readonly version: string
  /** Reviews that came and are not answered yet. */
  readonly inFlight: () => number
  /** A clock that only goes forward, in milliseconds. */
  readonly now: () => number
}

export interface ServerMetrics {
  /** Hears of the length of each body that was read, in bytes. */
  readonly recordBody: (bytes: number) => void
  /** Counts what was turned away for load, by what there was too much of. */
  readonly recordShed: (reason: string) => void
  readonly close: () => void
}

// From a small Upstream to the limit of a body.
const BODY_BUCKETS = [1, 4, 16, 64, 256, 1024, 4096, 7168].map(kibibytes => kibibytes * 1024)

/** The metrics of the HTTPS server and of its process. */
export const createServerMetrics = (ports: ServerMetricsPorts): ServerMetrics => {
  const { registry } = ports
  const registers = [registry]
  new Gauge({
    name: 'gloo_istio_reviews_in_flight',
    help: 'Requests to /mutate that are not answered yet',
    registers,
    collect() {
      this.set(ports.inFlight())
    },
  })
  const shed = new Counter({
    name: 'gloo_istio_shed_total',
    help: 'Reviews and connections turned away for load, by what there was too much of',
    labelNames: ['reason'],
    registers,
  })
  const bodies = new Histogram({
    name: 'gloo_istio_body_bytes',
    help: 'Length of the bodies of requests to /mutate',
    buckets: BODY_BUCKETS,
    registers,
  })
  new Gauge({
    name: 'gloo_istio_build_info',
    help: 'Always 1; the version is in the label',
    labelNames: ['version'],
    registers,
  }).set({ version: ports.version }, 1)
  const close = gaugeEventLoop(ports)
  return {
    recordBody: bytes => bodies.observe(bytes),
    recordShed: reason => shed.inc({ reason }),
    close,
  }
}

const gaugeEventLoop = ({ registry, now }: ServerMetricsPorts): (() => void) => {
  const delay = watchEventLoop(now)
  new Gauge({
    name: 'gloo_istio_event_loop_delay_seconds',
    help: 'How late the event loop came round in the last one to two minutes; quantile 1 is the longest',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const [quantile, seconds] of delay.quantiles()) this.set({ quantile }, seconds)
    },
  })
  return delay.close
}
