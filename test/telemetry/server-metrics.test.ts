import { Registry } from 'prom-client'
import { t } from 'tap'
import { createServerMetrics } from '../../src/telemetry/server-metrics.ts'

const measured = (t: { readonly teardown: (end: () => void) => void }) => {
  const world = { inFlight: 0 }
  const registry = new Registry()
  const metrics = createServerMetrics({
    registry,
    version: '1.2.3',
    inFlight: () => world.inFlight,
    now: () => 0,
  })
  t.teardown(() => metrics.close())
  const lines = async (name: string) =>
    (await registry.metrics()).split('\n').filter(line => line.startsWith(`gloo_istio_${name}`))
  return { world, registry, metrics, lines }
}

t.test('each scrape tells how many reviews are under way', async t => {
  const { world, lines } = measured(t)
  t.strictSame(await lines('reviews_in_flight'), ['gloo_istio_reviews_in_flight 0'])
  world.inFlight = 3
  t.strictSame(await lines('reviews_in_flight'), ['gloo_istio_reviews_in_flight 3'])
})

t.test('what was turned away is counted by what there was too much of', async t => {
  const { metrics, lines } = measured(t)
  metrics.recordShed('requests')
  metrics.recordShed('requests')
  metrics.recordShed('bytes')
  t.strictSame(await lines('shed_total'), [
    'gloo_istio_shed_total{reason="requests"} 2',
    'gloo_istio_shed_total{reason="bytes"} 1',
  ])
})

t.test('bodies fall into buckets up to the limit of a body', async t => {
  const { metrics, lines } = measured(t)
  for (const bytes of [1024, 1025, 7 * 1024 * 1024]) metrics.recordBody(bytes)
  t.match(await lines('body_bytes'), [
    'gloo_istio_body_bytes_bucket{le="1024"} 1',
    'gloo_istio_body_bytes_bucket{le="4096"} 2',
  ])
  t.match((await lines('body_bytes')).slice(-4), [
    'gloo_istio_body_bytes_bucket{le="7340032"} 3',
    'gloo_istio_body_bytes_bucket{le="+Inf"} 3',
    'gloo_istio_body_bytes_sum 7342081',
    'gloo_istio_body_bytes_count 3',
  ])
})

t.test('the version is a label, and the event loop has its quantiles', async t => {
  const { lines } = measured(t)
  t.strictSame(await lines('build_info'), ['gloo_istio_build_info{version="1.2.3"} 1'])
  t.strictSame(
    (await lines('event_loop')).map(line => line.replace(/ [\d.e-]+$/, '')),
    ['0.5', '0.99', '1'].map(
      quantile => `gloo_istio_event_loop_delay_seconds{quantile="${quantile}"}`,
    ),
  )
})
