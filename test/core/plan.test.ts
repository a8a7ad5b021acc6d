import { t } from 'tap'
import { aimOf, planOf, withPrecondition } from '../../src/core/plan.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { ENABLED, facts, mesh, upstream } from '../harness/build.ts'
import { applied, live, namespace, settled } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const [A, B] = [mesh('team-a.istio'), mesh('team-b.istio')]
const FACTS = facts(A)
const TIME = '2026-01-01T00:00:00Z'

t.test('what is not as it should be gets a patch, and that once', async t => {
  for (const object of [upstream(), gatewayProxy()]) {
    const change = planOf(object, FACTS)
    t.equal(change.object, object)
    t.not(change.decision.kind, 'skip')
    const after = planOf(applied(object, change.patch), FACTS)
    t.strictSame(after.patch, [])
    t.equal(after.decision.kind, 'skip')
  }
})

t.test('an Upstream that nobody selects any more is taken back by its mark', async t => {
  const on = { 'gloo-istio.io/mtls': 'enabled' }
  const before = upstream({}, {})
  const selected = settled(before, live(FACTS, namespace('gloo-system', on)))
  const change = planOf(selected, live(FACTS, namespace('gloo-system')))
  t.equal(change.decision.finding.reason, 'MtlsRemoved')
  t.strictSame(applied(selected, change.patch), before)
})

t.test('since when it is on is the time at which it was planned', async t => {
  const marked = applied(upstream(), planOf(upstream(), FACTS, TIME).patch)
  const { annotations } = marked['metadata'] as { annotations: Record<string, string> }
  t.match(JSON.parse(annotations['gloo-istio.io/injected'] ?? ''), { since: TIME })
  t.strictSame(planOf(marked, FACTS, '2027-01-01T00:00:00Z').patch, [])
})

t.test('a patch is bound to the version of the object that it was made for', async t => {
  const object = upstream({ metadata: { name: 'a', resourceVersion: '7', annotations: ENABLED } })
  const change = planOf(object, FACTS)
  const [precondition, ...rest] = withPrecondition(change)
  t.strictSame(precondition, { op: 'replace', path: '/metadata/resourceVersion', value: '7' })
  t.strictSame(rest, change.patch)
})

t.test('two changes of an Upstream aim at the same when they make the same', async t => {
  const known = facts(A, B)
  const on = (reference: string, more: JsonObject = {}) =>
    upstream(more, { ...ENABLED, 'gloo-istio.io/mesh': reference })
  const aim = (object: JsonObject, time = '') => aimOf(planOf(object, known, time))
  t.equal(aim(on('team-a.istio')), aim(on('team-a.istio', { status: {} }), TIME))
  t.not(aim(on('team-a.istio')), aim(on('team-b.istio')))
  const off = { ...ENABLED, 'gloo-istio.io/mtls': 'disabled' }
  const back = { ...settled(upstream(), FACTS) }
  const metadata = back['metadata'] as { annotations: JsonObject }
  const disabled = {
    ...back,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...off } },
  }
  t.not(aimOf(planOf(disabled, FACTS)), aimOf(planOf(upstream(), FACTS)))
})

t.test('two changes of a proxy aim at the same when their patches are', async t => {
  const aim = (meshes: string) =>
    aimOf(planOf(gatewayProxy({ annotations: { 'gloo-istio.io/meshes': meshes } }), facts(A, B)))
  t.equal(aim('team-a.istio'), aim('team-a.istio'))
  t.not(aim('team-a.istio'), aim('team-b.istio'))
})

t.test('before stage inject all is planned, and nothing is to be written', async t => {
  for (const stage of ['observe', 'warn'] as const)
    for (const object of [upstream(), gatewayProxy()]) {
      const { patch, held } = planOf(object, { ...FACTS, stage })
      t.strictSame(patch, [])
      t.strictSame(held, planOf(object, FACTS).patch)
    }
  t.strictSame(planOf(upstream(), FACTS).held, [])
})
