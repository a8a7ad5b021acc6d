import fc from 'fast-check'
import { t } from 'tap'
import { annotationOf, MTLS_ANNOTATION } from '../src/core/annotations.ts'
import { isSet } from '../src/core/json.ts'
import { planOf } from '../src/core/plan.ts'
import { inject } from '../src/core/review.ts'
import {
  allObjects,
  COLLECTION_NAMES,
  collectionOf,
  EMPTY_SNAPSHOT,
  snapshotOf,
  withCollection,
} from '../src/core/snapshot.ts'
import { trim } from '../src/core/trim.ts'
import type { Facts, JsonObject } from '../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../src/core/upstream.ts'
import { requestOf, upstream } from './harness/build.ts'
import { applied, namespace, rolledOut, seen, settled } from './harness/cluster.ts'
import { clustersOf, plainUpstreams, worlds } from './harness/random-cluster.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1000)
const check = <T>(property: fc.IPropertyWithHooks<T>) => fc.assert(property, { numRuns: RUNS })

const cluster = worlds.chain(clustersOf)
const known = fc.tuple(plainUpstreams, cluster)

/** What one policy made of an Upstream, and another policy for the same Gloo and the same meshes. */
const changing = worlds.chain(world =>
  fc.tuple(plainUpstreams, clustersOf(world), clustersOf(world)),
)

const MET = ['MtlsEnabled', 'MtlsRemoved', 'WaitingForProxy', 'StillUsed', 'NoSidecars']

t.test('what is planned is planned once, whatever is known of the cluster', async t => {
  const reasons = new Map<string, number>()
  const isSettled = (object: JsonObject, facts: Facts) => {
    const { decision, patch } = planOf(object, facts)
    const { reason } = decision.finding
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    return planOf(applied(object, patch), facts).patch.length === 0
  }
  check(
    fc.property(changing, ([object, first, second]) => {
      const left = applied(object, planOf(object, first).patch)
      const { annotations: _, ...metadata } = left['metadata'] as JsonObject
      const labels = { discovered_by: 'kubernetesplugin' }
      const forgotten = { ...left, metadata: { ...metadata, labels } }
      const proxies = [first, second].flatMap(({ snapshot }) => allObjects(snapshot?.deployments))
      return [object, left, forgotten, ...proxies].every(found => isSettled(found, second))
    }),
  )
  t.comment([...reasons].map(([reason, times]) => `${reason} ${times}`).join(', '))
  for (const reason of MET) t.ok(reasons.has(reason), `${reason} was met`)
})

t.test('what is kept of a cluster in memory leads to the same plans as the whole', async t => {
  const kept = (objects: readonly JsonObject[]) =>
    snapshotOf(objects.map(object => trim(collectionOf(object) ?? 'configMaps', object)))
  check(
    fc.property(known, ([object, facts]) => {
      const { snapshot = EMPTY_SNAPSHOT } = facts
      const all = COLLECTION_NAMES.flatMap(name => allObjects(snapshot[name]))
      const trimmed = { ...facts, snapshot: kept(all) }
      return [object, ...allObjects(snapshot.deployments)].every(found => {
        const [whole, short] = [planOf(found, facts), planOf(found, trimmed)]
        return (
          JSON.stringify([whole.decision, whole.patch]) ===
          JSON.stringify([short.decision, short.patch])
        )
      })
    }),
  )
  t.pass(`${RUNS} clusters`)
})

/** What a person may have written: other certificates, or ours with something of their own. */
const theirs = fc.oneof(
  fc.constantFrom<(ours: JsonObject) => JsonObject>(
    () => ({}),
    () => ({ secretRef: { name: 'mine', namespace: 'gloo-system' } }),
    () => ({ sslFiles: { rootCa: '/mine/ca', tlsCert: '/mine/cert', tlsKey: '/mine/key' } }),
    ours => ({ ...ours, sni: 'mine.example.com' }),
    ours => ({ ...ours, alpnProtocols: ['h2'] }),
    ours => ({ ...ours, verifySubjectAltName: ['spiffe://mine'] }),
  ),
  fc.dictionary(fc.string(), fc.jsonValue()).map(found => () => found as JsonObject),
)

t.test('an sslConfig of a person, without our mark, is never changed by any policy', async t => {
  check(
    fc.property(known, theirs, ([object, facts], write) => {
      const named = { 'gloo-istio.io/mtls': 'enabled', 'gloo-istio.io/mesh': 'team-a.istio' }
      const { sslConfig } = viewUpstream(inject(requestOf(upstream({}, named)), facts).object)
      const found = withSslConfig(object, write((sslConfig ?? {}) as JsonObject))
      return planOf(found, facts).patch.length === 0
    }),
  )
  t.pass(`${RUNS} Upstreams`)
})

t.test('switched on and off again, an Upstream is what it was, to the byte', async t => {
  let changed = 0
  const labels = fc.constantFrom({}, { 'gloo-istio.io/mtls': 'disabled' })
  check(
    fc.property(plainUpstreams, worlds, labels, (object, world, label) => {
      const facts = (labels: JsonObject): Facts => ({
        ...seen(world, namespace('default', labels)),
        defaultMesh: world.meshes[0],
      })
      const on = planOf(object, facts({ 'gloo-istio.io/mtls': 'enabled' }), '2026-01-01T00:00:00Z')
      if (on.patch.length === 0 || isSet(annotationOf(object, MTLS_ANNOTATION))) return true
      changed += 1
      const made = applied(object, on.patch)
      const back = applied(made, planOf(made, facts(label)).patch)
      return JSON.stringify(back) === JSON.stringify(object)
    }),
  )
  t.ok(changed > RUNS / 20, `${changed} switched on and off`)
})

/** The same cluster once every proxy has what it is to have, and its pods are up. */
const withProxiesReady = (facts: Facts): Facts => {
  const { snapshot = EMPTY_SNAPSHOT } = facts
  const ready = allObjects(snapshot.deployments).map(proxy => rolledOut(settled(proxy, facts)))
  return { ...facts, snapshot: withCollection(snapshot, 'deployments', ready) }
}

t.test('what is observed is what comes of it with stage inject, in the end', async t => {
  const reasons = new Map<string, number>()
  check(
    fc.property(
      known,
      fc.constantFrom('observe' as const, 'warn' as const),
      ([object, facts], stage) => {
        const observed = planOf(object, { ...facts, stage })
        const { decision, patch } = planOf(object, withProxiesReady(facts))
        const { reason } = decision.finding
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
        return (
          observed.patch.length === 0 &&
          observed.decision.finding.reason === reason &&
          JSON.stringify(observed.held) === JSON.stringify(patch)
        )
      },
    ),
  )
  t.comment([...reasons].map(([reason, times]) => `${reason} ${times}`).join(', '))
  for (const reason of ['MtlsEnabled', 'WaitingForProxy'])
    t.ok(reasons.has(reason), `${reason} was met`)
})
