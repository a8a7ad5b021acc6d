import { Registry } from 'prom-client'
import { t } from 'tap'
import { createReconcileMetrics } from '../../src/telemetry/reconcile-metrics.ts'

const measured = () => {
  const world = {
    isLeader: false,
    backlog: 0,
    upstreams: new Map([['NotSelected', 2]]),
  }
  const registry = new Registry()
  const metrics = createReconcileMetrics({
    registry,
    isLeader: () => world.isLeader,
    backlog: () => world.backlog,
    upstreams: () => world.upstreams,
  })
  /** Samples without their comments, sorted. */
  const samples = async () =>
    (await registry.metrics())
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => line.replace('gloo_istio_', ''))
      .toSorted()
  return { world, registry, metrics, samples }
}

t.test('each scrape tells how things are then', async t => {
  const { world, samples } = measured()
  t.strictSame(await samples(), [
    'leader 0',
    'reconcile_backlog 0',
    'upstreams{reason="NotSelected"} 2',
  ])
  world.isLeader = true
  world.backlog = 7
  world.upstreams = new Map([['AlreadyEnabled', 2]])
  t.strictSame(
    await samples(),
    ['leader 1', 'reconcile_backlog 7', 'upstreams{reason="AlreadyEnabled"} 2'],
    'and nothing of what is gone',
  )
})

t.test('writes are counted by kind, outcome and reason', async t => {
  const { metrics, samples } = measured()
  const labels = { kind: 'upstreams', outcome: 'written', reason: 'MtlsEnabled' }
  metrics.recordWrite(labels)
  metrics.recordWrite(labels)
  metrics.recordWrite({ ...labels, outcome: 'contested' })
  const writes = (await samples()).filter(line => line.includes('writes'))
  t.strictSame(writes, [
    'reconcile_writes_total{kind="upstreams",outcome="contested",reason="MtlsEnabled"} 1',
    'reconcile_writes_total{kind="upstreams",outcome="written",reason="MtlsEnabled"} 2',
  ])
})

t.test('every metric is explained, and named as the others are', async t => {
  const { registry } = measured()
  const all = await registry.getMetricsAsJSON()
  t.equal(all.length, 4)
  for (const { name, help } of all) {
    t.match(name, /^gloo_istio_[a-z_]+$/)
    t.match(help, /^[A-Z].*[a-z)]$/)
  }
})
