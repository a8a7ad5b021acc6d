import { t } from 'tap'
import { keyOfPlace, type Place } from '../../src/core/affected.ts'
import { withValue } from '../../src/core/json.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { Triggers } from '../../src/reconcile/triggers.ts'
import { facts, gloo, mesh, upstream } from '../harness/build.ts'
import { namespace, proxyOn, rolledOut } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'
import { placeOf } from '../stand-ins/object-server.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const UPSTREAM = upstream()
const ELSEWHERE = withValue(
  upstream({ spec: { kube: { serviceName: 'a', serviceNamespace: 'other', servicePort: 1 } } }),
  ['metadata', 'name'],
  'elsewhere',
)
const PROXY = proxyOn('1.0.0')
const OTHER = withValue(gatewayProxy({ labels: {} }), ['metadata', 'name'], 'other')
const BOOTSTRAP: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'envoy-config', namespace: 'gloo-system' },
}
const OBJECTS = [UPSTREAM, ELSEWHERE, PROXY, BOOTSTRAP, OTHER]
const [U, E, P, B, O] = OBJECTS.map(object => keyOfPlace(placeOf(object)))

/** What is to be looked at, `upstreams gloo-system/a in 500` for instance, each once. */
const told = (triggers: Triggers, touched: readonly Place[], objects = OBJECTS, known = KNOWN) => {
  const found = triggers.of(touched, known, snapshotOf(objects))
  const first = new Map<string, number>()
  for (const { place, milliseconds } of found) {
    const key = keyOfPlace(place)
    first.set(key, Math.min(milliseconds, first.get(key) ?? milliseconds))
  }
  return [...first].map(([key, milliseconds]) => `${key} in ${milliseconds}`).toSorted()
}

/** Has seen all there is. */
const settled = (known = KNOWN) => {
  const triggers = new Triggers()
  triggers.of(OBJECTS.map(placeOf), known, snapshotOf(OBJECTS))
  return triggers
}

const lines = (milliseconds: number, ...keys: readonly (string | undefined)[]) =>
  keys.map(key => `${key} in ${milliseconds}`)

t.test(
  'an Upstream is looked at at once, and a moment later whatever kept something for it',
  async t =>
    t.strictSame(
      told(settled(), [placeOf(UPSTREAM)]),
      [...lines(0, U), ...lines(500, B, O, P)].toSorted(),
    ),
)

t.test('a namespace is a reason to look at the Upstreams that lead there, at once', async t => {
  t.strictSame(told(settled(), [placeOf(namespace('default'))]), lines(0, U))
  t.strictSame(told(settled(), [placeOf(namespace('other'))]), lines(0, E))
  t.strictSame(told(settled(), [placeOf(namespace('third'))]), [])
})

t.test('a bootstrap is a reason to look at it alone', async t =>
  t.strictSame(told(settled(), [placeOf(BOOTSTRAP)]), lines(0, B)),
)

const everything = (at: string | undefined) =>
  [...lines(0, at), ...lines(500, ...[U, E, P, B, O].filter(key => key !== at))].toSorted()
const carrying = (proxy: JsonObject) => OBJECTS.map(object => (object === PROXY ? proxy : object))

// what a proxy does | how it is then | whether all is looked at
const proxies: readonly [string, JsonObject, boolean][] = [
  ['that says nothing new', withValue(PROXY, ['metadata', 'resourceVersion'], '9'), false],
  ['with another template', withValue(PROXY, ['spec', 'template', 'x'], 1), true],
  ['that is being rolled out', withValue(PROXY, ['status', 'availableReplicas'], 0), true],
  ['that is scaled to nothing', rolledOut(withValue(PROXY, ['spec', 'replicas'], 0), 0), true],
  ['that is no proxy any more', withValue(PROXY, ['metadata', 'labels'], {}), true],
]
for (const [title, proxy, isAll] of proxies)
  t.test(`a proxy ${title} is a reason to look at ${isAll ? 'all' : 'it alone'}`, async t =>
    t.strictSame(
      told(settled(), [placeOf(PROXY)], carrying(proxy)),
      isAll ? everything(P) : lines(0, P),
    ),
  )

t.test('a proxy that is gone is a reason to look at all, once', async t => {
  const triggers = settled()
  const left = OBJECTS.filter(object => object !== PROXY)
  const all = everything(P).filter(line => line !== `${P} in 500`)
  t.strictSame(told(triggers, [placeOf(PROXY)], left), all)
  t.strictSame(told(triggers, [placeOf(PROXY)], left), lines(0, P))
  t.strictSame(told(triggers, [placeOf(PROXY)]), everything(P), 'and once more when it is back')
})

t.test('a workload that is no proxy is a reason to look at it alone', async t =>
  t.strictSame(told(settled(), [placeOf(OTHER)]), lines(0, O)),
)

// what differs | facts
const bases: readonly [string, Facts][] = [
  ['the meshes', facts(mesh('second.istio'))],
  ['the version of an Istio', facts(mesh('istio-system.istio', { istioVersion: '1.4.0' }))],
  ['the settings of Gloo', { ...KNOWN, gloo: gloo({ autoMtls: 'enabled' }) }],
  ['the Gloo of a namespace', { ...KNOWN, glooSeen: { 'gloo-system': '1.1.0' } }],
]
for (const [title, known] of bases)
  t.test(`all is looked at a moment after ${title} changed, once`, async t => {
    const triggers = settled()
    const touched = [placeOf(namespace('third'))]
    t.strictSame(told(triggers, touched, OBJECTS, known), lines(500, B, O, P, E, U).toSorted())
    t.strictSame(told(triggers, touched, OBJECTS, known), [])
  })

t.test('what is touched itself is looked at at once also when all is', async t => {
  const [, known] = bases[0] ?? []
  t.strictSame(told(settled(), [placeOf(UPSTREAM)], OBJECTS, known), everything(U))
})

t.test('nothing touched is no reason', async t => t.strictSame(told(settled(), []), []))
