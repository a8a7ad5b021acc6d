import { t } from 'tap'
import { controlPlanesIn, detectedIn, liveFacts, type Told } from '../../src/core/live.ts'
import { type Snapshot, snapshotOf } from '../../src/core/snapshot.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { facts, factsOn, mesh } from '../harness/build.ts'
import { proxyOn } from '../harness/cluster.ts'

const istiod = (namespace: string, version = '1.22.3'): JsonObject => {
  const image = `registry.example.com/istio/pilot:${version}`
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace, labels: { app: 'istiod', istio: 'pilot' } },
    spec: { template: { spec: { containers: [{ name: 'discovery', image }] } } },
  }
}
const placed = (proxy: JsonObject, namespace: string): JsonObject => ({
  ...proxy,
  metadata: { ...(proxy['metadata'] as JsonObject), namespace },
})

const CONFIGURED: Facts = { ...factsOn(undefined), istioNamespaces: ['istio-system', 'second'] }
const NOTHING_TOLD: Told = { facts: CONFIGURED, meshes: [] }
const told = (istioNamespace: string): Told => ({
  facts: CONFIGURED,
  meshes: [{ namespace: 'team-a', name: 'istio', istioNamespace, mode: 'auto' }],
})
const WORLD = snapshotOf(['second', 'istio-system', 'mine', 'stranger'].map(name => istiod(name)))
const namespacesOf = (objects: readonly JsonObject[]) =>
  objects.map(({ metadata }) => (metadata as { namespace: string }).namespace)

t.test('control planes count where a namespace is named for them', async t => {
  const found = (asked: Told) => namespacesOf(controlPlanesIn(asked, WORLD))
  t.strictSame(found(NOTHING_TOLD), ['istio-system', 'second'])
  t.strictSame(found(told('mine')), ['istio-system', 'second', 'mine'])
  t.strictSame(found(told('second')), ['istio-system', 'second'], 'each once')
})

const detected = (snapshot: Snapshot, before?: ReturnType<typeof detectedIn>) =>
  detectedIn(NOTHING_TOLD, snapshot, before)

t.test('meshes are in the order in which their namespaces are named', async t =>
  t.strictSame(
    detected(WORLD).map(({ namespace }) => namespace),
    ['istio-system', 'second'],
  ),
)

t.test('a mesh that was found stays in its place while its control plane is away', async t => {
  const before = detected(WORLD)
  const later = detected(snapshotOf([istiod('second', '1.23.0')]), before)
  t.strictSame(
    later.map(({ namespace, istioVersion }) => [namespace, istioVersion]),
    [
      ['istio-system', '1.22.3'],
      ['second', '1.23.0'],
    ],
  )
  t.strictSame(detected(snapshotOf([])), [])
})

t.test('facts of a running cluster are those told, and what its objects tell', async t => {
  const snapshot = snapshotOf([istiod('istio-system'), proxyOn('1.22.1')])
  const found = liveFacts(NOTHING_TOLD, snapshot, detected(snapshot))
  t.match(found, { isLive: true, meshesAreTold: false, gloo: { version: '1.22.1' } })
  t.equal(found.snapshot, snapshot)
  t.match(found.meshes, [{ namespace: 'istio-system', name: 'istio', istioVersion: '1.22.3' }])
  t.equal(found.mountRoot, CONFIGURED.mountRoot)
})

t.test('meshes that are told are the only ones', async t => {
  const found = liveFacts(told('istio-system'), WORLD, detected(WORLD))
  t.ok(found.meshesAreTold)
  t.match(found.meshes, [{ namespace: 'team-a', istioVersion: '1.22.3' }])
  t.equal(found.meshes.length, 1)
  const named = { facts: facts(mesh('a.b')), meshes: [] }
  t.strictSame(liveFacts(named, WORLD, []).meshes, [], 'as they stand in the file')
})

t.test('each namespace tells of its own Gloo, where its proxies agree', async t => {
  const proxies = [
    placed(proxyOn('1.22.1'), 'a'),
    placed(proxyOn('1.20.0'), 'b'),
    { ...placed(proxyOn('1.20.0'), 'b'), kind: 'DaemonSet' },
    placed(proxyOn('1.20.0'), 'c'),
    { ...placed(proxyOn('1.19.0'), 'c'), kind: 'DaemonSet' },
    placed(proxyOn('latest'), 'd'),
  ]
  const found = liveFacts(NOTHING_TOLD, snapshotOf(proxies), [])
  t.strictSame(found.glooSeen, { a: '1.22.1', b: '1.20.0' })
  t.equal(found.gloo.version, undefined, 'of several, none speaks for all')
})

t.test('Settings tell of auto-mTLS', async t => {
  const options = { enableAutoMtls: true, enableIntegration: true }
  const settings = {
    apiVersion: 'gloo.solo.io/v1',
    kind: 'Settings',
    metadata: { name: 'default', namespace: 'gloo-system' },
    spec: { gloo: { istioOptions: options } },
  }
  t.equal(liveFacts(NOTHING_TOLD, snapshotOf([settings]), []).gloo.autoMtls, 'enabled')
})
