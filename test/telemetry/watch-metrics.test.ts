import { Registry } from 'prom-client'
import { t } from 'tap'
import { createWatchMetrics } from '../../src/telemetry/watch-metrics.ts'

t.test('each scrape tells how old is what each watch brought', async t => {
  let staleness = new Map([
    ['pods', 1.5],
    ['services', 0],
  ])
  const registry = new Registry()
  createWatchMetrics({ registry, staleness: () => staleness })
  const samples = async () =>
    (await registry.metrics()).split('\n').filter(line => line.startsWith('gloo_istio_'))
  t.strictSame(await samples(), [
    'gloo_istio_watch_staleness_seconds{watch="pods"} 1.5',
    'gloo_istio_watch_staleness_seconds{watch="services"} 0',
  ])
  staleness = new Map([['upstreams', 3]])
  t.strictSame(
    await samples(),
    ['gloo_istio_watch_staleness_seconds{watch="upstreams"} 3'],
    'and nothing of what is not watched any more',
  )
})
