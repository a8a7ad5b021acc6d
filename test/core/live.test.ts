import { t } from 'tap'
import type { ConfiguredMesh } from '../../src/core/detected-meshes.ts'
import { textAt, withValue } from '../../src/core/json.ts'
import { controlPlanesIn, detectedIn, liveFacts, type Told } from '../../src/core/live.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { facts, gloo, mesh } from '../harness/build.ts'
import { proxyOn } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const told = (more: Partial<Facts> = {}, meshes: readonly ConfiguredMesh[] = []): Told => ({
  facts: { ...facts(), gloo: gloo({ version: undefined }), ...more },
  meshes,
})

const istiod = (namespace: string, version: string): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'istiod',
    namespace,
    labels: { app: 'istiod', istio: 'pilot' },
    creationTimestamp: `2026-01-0${namespace.length % 9}T00:00:00Z`,
  },
  spec: {
    template: {
      spec: { containers: [{ name: 'discovery', image: `docker.io/istio/pilot:${version}` }] },
    },
  },
})
const meshConfig = (namespace: string, trustDomain: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace },
  data: { mesh: `trustDomain: ${trustDomain}` },
})
const SYSTEM = istiod('istio-system', '1.22.3')
const SECOND = istiod('istio-second', '1.20.0')
const STRANGER = istiod('default', '1.31.0')

const placed = (object: JsonObject, namespace: string) =>
  withValue(object, ['metadata', 'namespace'], namespace)
const BOTH = ['istio-system', 'istio-second']

t.test('control planes count where somebody named the namespace, and nowhere else', async t => {
  const snapshot = snapshotOf([STRANGER, SECOND, SYSTEM])
  const found = (one: Told) =>
    controlPlanesIn(one, snapshot).map(plane => textAt(plane, 'metadata', 'namespace'))
  t.strictSame(found(told()), ['istio-system'])
  t.strictSame(found(told({ istioNamespaces: BOTH })), BOTH)
  t.strictSame(found(told({ istioNamespaces: [] })), [])
  const named = mesh('a.istio', { istioNamespace: 'istio-second' })
  t.strictSame(found(told({}, [named])), BOTH)
  t.strictSame(found(told({ istioNamespaces: BOTH }, [named])), BOTH, 'each once')
})

t.test('meshes are found in the order in which their namespaces are named', async t => {
  const snapshot = snapshotOf([SECOND, SYSTEM, STRANGER, meshConfig('istio-second', 'example.com')])
  for (const istioNamespaces of [BOTH, BOTH.toReversed()])
    t.strictSame(
      detectedIn(told({ istioNamespaces }), snapshot).map(({ namespace }) => namespace),
      istioNamespaces,
    )
  t.match(detectedIn(told({ istioNamespaces: BOTH }), snapshot)[1], {
    istioVersion: '1.20.0',
    trustDomain: 'example.com',
  })
})

t.test('a mesh whose control plane is made anew stays as it was found before', async t => {
  const one = told({ istioNamespaces: BOTH })
  const before = detectedIn(one, snapshotOf([SYSTEM, SECOND]))
  const meanwhile = detectedIn(one, snapshotOf([SECOND]), before)
  t.strictSame(meanwhile, before)
  const after = detectedIn(one, snapshotOf([istiod('istio-system', '1.23.0'), SECOND]), meanwhile)
  t.strictSame(
    after.map(({ namespace, istioVersion }) => [namespace, istioVersion]),
    [
      ['istio-system', '1.23.0'],
      ['istio-second', '1.20.0'],
    ],
  )
  t.strictSame(detectedIn(one, snapshotOf([])), [], 'nothing was there before')
})

const factsOf = (one: Told, ...objects: readonly JsonObject[]) => {
  const snapshot = snapshotOf(objects)
  return liveFacts(one, snapshot, detectedIn(one, snapshot))
}

t.test('the facts of a cluster are what was told, and what its objects tell', async t => {
  const one = told({ selection: 'all', verifyIdentity: true })
  const found = factsOf(one, SYSTEM, proxyOn('1.17.0'), meshConfig('istio-system', 'example.com'))
  t.match(found, {
    selection: 'all',
    verifyIdentity: true,
    meshesAreTold: false,
    isLive: true,
    isStale: false,
    gloo: { version: '1.17.0', bootstrapCluster: false },
    glooSeen: { 'gloo-system': '1.17.0' },
    meshes: [{ namespace: 'istio-system', istioVersion: '1.22.3', trustDomain: 'example.com' }],
  })
  t.equal(found.meshes.length, 1)
  t.equal(found.snapshot?.deployments.get('istio-system')?.get('istiod'), SYSTEM)
})

t.test('what is told goes first', async t => {
  const configured = mesh('istio-system.istio', { istioVersion: '1.20', trustDomain: 'told' })
  const one = told({ gloo: gloo({ version: '1.16.0' }) }, [configured])
  const found = factsOf(one, SYSTEM, SECOND, proxyOn('1.17.0'))
  t.equal(found.meshesAreTold, true)
  t.match(found.meshes, [{ istioVersion: '1.20', trustDomain: 'told' }])
  t.equal(found.meshes.length, 1)
  t.equal(found.gloo.version, '1.16.0')
})

t.test('the configuration alone says nothing of a mesh that is not there', async t => {
  const found = factsOf(
    told({}, [{ namespace: 'a', name: 'b', istioNamespace: 'c', mode: 'auto' }]),
  )
  t.match(found.meshes, [{ namespace: 'a', istioVersion: undefined, trustDomain: 'cluster.local' }])
})

t.test('Gloo is known by namespace, where its proxies agree on a version', async t => {
  const second = withValue(proxyOn('1.17.0'), ['metadata', 'name'], 'second')
  const daemonSet = { ...placed(proxyOn('1.16.2'), 'b'), kind: 'DaemonSet' }
  const found = factsOf(
    told(),
    proxyOn('1.17.0'),
    second,
    daemonSet,
    placed(proxyOn('1.15.0'), 'c'),
    { ...placed(proxyOn('1.14.0'), 'c'), kind: 'DaemonSet' },
    placed(gatewayProxy(), 'without-a-version'),
  )
  t.strictSame(found.glooSeen, { 'gloo-system': '1.17.0', b: '1.16.2' })
  t.equal(found.gloo.version, undefined, 'all together agree on none')
})

t.test('Gloo’s Settings tell of its auto-mTLS', async t => {
  const settings = {
    apiVersion: 'gloo.solo.io/v1',
    kind: 'Settings',
    metadata: { name: 'default', namespace: 'gloo-system' },
    spec: { gloo: { istioOptions: { enableAutoMtls: true, enableIntegration: true } } },
  }
  t.equal(factsOf(told(), settings).gloo.autoMtls, 'enabled')
  t.equal(factsOf(told()).gloo.autoMtls, 'disabled')
})

t.test('whether bootstraps are extended, no object of a cluster tells', async t => {
  const bootstrap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'gloo-system', labels: { gloo: 'gateway-proxy' } },
    data: {
      'envoy.yaml': JSON.stringify({
        static_resources: { clusters: [{ name: 'gateway_proxy_sds' }] },
      }),
    },
  }
  const proxies = [proxyOn('1.5.0'), bootstrap]
  t.equal(factsOf(told(), ...proxies).gloo.bootstrapCluster, false)
  const sure = told({ gloo: gloo({ bootstrapCluster: true }) })
  t.equal(factsOf(sure, ...proxies).gloo.bootstrapCluster, true)
})
