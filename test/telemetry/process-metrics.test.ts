import { collectDefaultMetrics, Registry } from 'prom-client'
import { t } from 'tap'
import { collectProcessMetrics } from '../../src/telemetry/process-metrics.ts'

const namesIn = (registry: Registry) => registry.getMetricsAsArray().map(({ name }) => name)

const isDear = (name: string) =>
  name === 'nodejs_gc_duration_seconds' || name.startsWith('nodejs_eventloop_lag_')

t.test('all that prom-client collects by itself, but what is dear to collect', async t => {
  const [own, all] = [new Registry(), new Registry()]
  collectProcessMetrics(own)
  collectDefaultMetrics({ register: all })
  t.same(
    namesIn(own).sort(),
    namesIn(all)
      .filter(name => !isDear(name))
      .sort(),
  )
  t.match(await own.metrics(), /^process_resident_memory_bytes [1-9]/m)
})
