import { t } from 'tap'
import { manifestFacts } from '../../src/cli/manifest-facts.ts'
import type { Told } from '../../src/core/live.ts'
import { planOf } from '../../src/core/plan.ts'
import { objectIn } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, gloo, mesh, upstream } from '../harness/build.ts'
import { namespace, proxyOn } from '../harness/cluster.ts'
import { istiod } from '../harness/live.ts'

const TOLD: Told = { facts: { ...facts(), gloo: gloo({ version: undefined }) }, meshes: [] }
const bootstrap: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'gloo-system', name: 'c', labels: { gloo: 'gateway-proxy' } },
  data: { 'envoy.yaml': JSON.stringify({ static_resources: { clusters: [] } }) },
}

t.test('manifests tell of their Gloo, their Istio and their policy', async t => {
  const objects = [...istiod('1.22.3'), proxyOn('1.17.0'), namespace('default')]
  const found = manifestFacts(TOLD, objects)
  t.match(found, {
    gloo: { version: '1.17.0' },
    glooSeen: { 'gloo-system': '1.17.0' },
    meshes: [
      { namespace: 'istio-system', istioVersion: '1.22.3', trustDomain: 'mesh.example.com' },
    ],
  })
  t.ok(objectIn(found.snapshot?.namespaces, '', 'default'))
})

t.test('they are no running cluster: an Upstream waits for no rollout', async t => {
  const known = manifestFacts({ ...TOLD, meshes: [mesh('istio-system.istio')] }, [
    proxyOn('1.0.0'),
    upstream(),
  ])
  t.equal(known.isLive, false)
  t.equal(planOf(upstream(), known).decision.finding.reason, 'MtlsEnabled')
  t.equal(planOf(upstream(), { ...known, isLive: true }).decision.finding.reason, 'WaitingForProxy')
})

t.test('a bootstrap among them counts as extended along with them', async t => {
  t.equal(manifestFacts(TOLD, [proxyOn('1.5.0'), bootstrap]).gloo.bootstrapCluster, true)
  t.equal(manifestFacts(TOLD, [proxyOn('1.5.0')]).gloo.bootstrapCluster, false)
})

t.test('a mesh that is not among them is not there', async t => {
  const known = manifestFacts(TOLD, [proxyOn('1.0.0')])
  t.strictSame(known.meshes, [])
  t.equal(known.meshesAreTold, true)
})

t.test('what is told goes first', async t => {
  const told = {
    facts: { ...TOLD.facts, gloo: gloo({ version: '1.16.0' }) },
    meshes: [mesh('a.b')],
  }
  const known = manifestFacts(told, [...istiod('1.22.3'), proxyOn('1.17.0')])
  t.equal(known.gloo.version, '1.16.0')
  t.match(known.meshes, [{ namespace: 'a', name: 'b', istioVersion: '1.0.6' }])
})
