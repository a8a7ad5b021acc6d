import { collectDefaultMetrics, Registry } from 'prom-client'
import { t } from 'tap'
import { collectProcessMetrics } from '../../src/telemetry/process-metrics.ts'

const namesIn = (registry: Registry) => registry.getMetricsAsArray().map(({ name }) => name)

t.test(
  'all that prom-client collects by itself, but what each garbage collection took',
  async t => {
    const [own, all] = [new Registry(), new Registry()]
    collectProcessMetrics(own)
    collectDefaultMetrics({ register: all })
    t.same([...namesIn(own), 'nodejs_gc_duration_seconds'].sort(), namesIn(all).sort())
    const text = await own.metrics()
    t.match(text, /^process_resident_memory_bytes [1-9]/m)
    t.match(text, /^nodejs_eventloop_lag_max_seconds \d/m)
  },
)
