import { t } from 'tap'
import { listAll } from '../../src/cluster/list.ts'
import { BOOTSTRAPS, meshConfigWatch, WATCHED, type Watched } from '../../src/cluster/resources.ts'
import { controlPlaneOf } from '../../src/core/control-plane.ts'
import { isGatewayProxy } from '../../src/core/gateway-proxy.ts'
import { fieldAt, withValue } from '../../src/core/json.ts'
import { COLLECTION_NAMES, collectionOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { discovered, gatewayProxy, istiod, namespace, pod, service } from '../harness/live.ts'
import { ClusterApi } from '../stand-ins/cluster-api.ts'

const ALL = [...WATCHED, BOOTSTRAPS, meshConfigWatch('istio-system', 'istio')]
const [, meshConfig = {}, controlPlane = {}] = istiod('1.22.3')
const daemonSet = { ...gatewayProxy('1.17.0'), kind: 'DaemonSet' }
const bootstrap: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'gloo-system', name: 'envoy', labels: { gloo: 'gateway-proxy' } },
}
const custom = (apiVersion: string, kind: string, of = 'default'): JsonObject => ({
  apiVersion,
  kind,
  metadata: { namespace: of, name: 'default' },
})
const OURS: readonly JsonObject[] = [
  namespace('default'),
  service('default', 'details'),
  pod('default', 'details'),
  discovered('default', 'details'),
  gatewayProxy('1.17.0'),
  daemonSet,
  controlPlane,
  meshConfig,
  bootstrap,
  custom('gloo.solo.io/v1', 'Settings', 'gloo-system'),
  custom('security.istio.io/v1', 'PeerAuthentication'),
  custom('authentication.istio.io/v1alpha1', 'Policy'),
  custom('authentication.istio.io/v1alpha1', 'MeshPolicy', ''),
]
const named = (object: JsonObject, name: string) => withValue(object, ['metadata', 'name'], name)
const OTHERS: readonly JsonObject[] = [
  named({ ...controlPlane, metadata: { namespace: 'default', labels: { app: 'x' } } }, 'x'),
  named(meshConfig, 'other'),
  withValue(meshConfig, ['metadata', 'namespace'], 'default'),
  named(withValue(pod('default', 'a'), ['status', 'phase'], 'Succeeded'), 'over'),
  named(withValue(pod('default', 'a'), ['status', 'phase'], 'Failed'), 'failed'),
]

const listed = async ({ resource }: Watched, api = new ClusterApi([...OURS, ...OTHERS])) => {
  const { signal } = new AbortController()
  return (await listAll({ api, resource, signal, onPage: () => {} }))?.objects ?? []
}

t.test('every collection is watched, each watch by a name of its own', async t => {
  t.strictSame(
    [...new Set(ALL.map(({ collection }) => collection))].toSorted(),
    [...COLLECTION_NAMES].toSorted(),
  )
  const kinds = ALL.map(({ resource }) => resource.kind)
  t.equal(new Set(kinds).size, kinds.length)
})

t.test('each watch brings objects of its collection', async t => {
  for (const watched of ALL) {
    const found = await listed(watched)
    t.equal(found.length, 1, watched.resource.kind)
    for (const object of found) t.equal(collectionOf(object), watched.collection)
  }
})

t.test('all together they bring what decisions look at, and nothing else', async t => {
  const found = (await Promise.all(ALL.map(watched => listed(watched)))).flat()
  t.equal(found.length, OURS.length)
  const workloads = found.filter(({ kind }) => kind !== 'ConfigMap')
  t.equal(workloads.filter(isGatewayProxy).length, 2, 'proxies are known as such when trimmed')
  t.equal(found.filter(object => controlPlaneOf(object)).length, 1, 'and so is a control plane')
})

t.test('PeerAuthentications are found in any version that Istio has had', async t => {
  const [watched] = WATCHED.filter(({ collection }) => collection === 'peerAuthentications')
  if (watched === undefined) return t.fail()
  for (const absent of [[], ['v1'], ['v1beta1']]) {
    const api = new ClusterApi(OURS)
    api.absent.push(...absent.map(version => `/apis/security.istio.io/${version}/`))
    t.equal((await listed(watched, api)).length, 1, `without ${absent.join()}`)
  }
})

t.test('objects are trimmed on arrival', async t => {
  const managed = withValue(pod('default', 'a'), ['metadata', 'managedFields'], [{ manager: 'x' }])
  for (const { resource } of ALL)
    t.equal(fieldAt(resource.trim(managed), 'metadata', 'managedFields'), undefined)
})

t.test('what is watched by name is asked for by name, in its namespace', async t => {
  const { resource } = meshConfigWatch('a/b', 'istio-canary')
  t.strictSame(resource.paths, ['/api/v1/namespaces/a%2Fb/configmaps'])
  t.equal(resource.fieldSelector, 'metadata.name=istio-canary')
})

t.test('only ConfigMaps can be done without', async t => {
  for (const { collection, isOptional = false } of ALL)
    t.equal(isOptional, collection === 'configMaps', collection)
})
