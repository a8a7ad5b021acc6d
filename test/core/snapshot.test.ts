import { t } from 'tap'
import {
  allObjects,
  COLLECTION_NAMES,
  collectionOf,
  EMPTY_SNAPSHOT,
  objectIn,
  objectsIn,
  snapshotOf,
  withCollection,
} from '../../src/core/snapshot.ts'
import { namespace, pod, service } from '../harness/cluster.ts'

// apiVersion | kind | collection
const kinds: readonly [unknown, unknown, string | undefined][] = [
  ['v1', 'Namespace', 'namespaces'],
  ['v1', 'Service', 'services'],
  ['v1', 'Pod', 'pods'],
  ['v1', 'ConfigMap', 'configMaps'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1beta2', 'DaemonSet', 'daemonSets'],
  ['extensions/v1beta1', 'Deployment', 'deployments'],
  ['extensions/v1beta1', 'DaemonSet', 'daemonSets'],
  ['gloo.solo.io/v1', 'Settings', 'settings'],
  ['gloo.solo.io/v1', 'Upstream', 'upstreams'],
  ['security.istio.io/v1beta1', 'PeerAuthentication', 'peerAuthentications'],
  ['authentication.istio.io/v1alpha1', 'Policy', 'policies'],
  ['authentication.istio.io/v1alpha1', 'MeshPolicy', 'meshPolicies'],
  ['serving.knative.dev/v1', 'Service', undefined],
  ['v1', 'Upstream', undefined],
  ['policy/v1', 'Policy', undefined],
  [undefined, 'Pod', 'pods'],
  ['v1', undefined, undefined],
  [1, 2, undefined],
]
for (const [apiVersion, kind, expected] of kinds)
  t.test(
    `${String(apiVersion)} ${String(kind)} belongs to ${expected ?? 'no collection'}`,
    async t => t.equal(collectionOf({ apiVersion, kind }), expected),
  )

t.test('every collection has its kind', async t => {
  const known = new Set(kinds.map(([, , name]) => name).filter(name => name !== undefined))
  t.strictSame([...known].toSorted(), [...COLLECTION_NAMES].toSorted())
})

const [a, b, elsewhere] = ['a', 'b', 'a'].map((name, at) =>
  service({ name, namespace: at === 2 ? 'other' : 'default' }),
)
const FOUND = snapshotOf([a, b, elsewhere, namespace('default'), null, 'text', { kind: 'Job' }])

t.test('an object is found by its namespace and name', async t => {
  t.equal(objectIn(FOUND.services, 'default', 'a'), a)
  t.equal(objectIn(FOUND.services, 'other', 'a'), elsewhere)
  t.equal(objectIn(FOUND.services, 'other', 'b'), undefined)
  t.equal(objectIn(FOUND.services, 'nowhere', 'b'), undefined)
  t.equal(objectIn(undefined, 'default', 'a'), undefined)
  t.match(objectIn(FOUND.namespaces, '', 'default'), { kind: 'Namespace' })
})

t.test('the objects of a namespace are told from those of all', async t => {
  t.strictSame(objectsIn(FOUND.services, 'default'), [a, b])
  t.strictSame(objectsIn(FOUND.services, 'nowhere'), [])
  t.strictSame(objectsIn(undefined, 'default'), [])
  t.strictSame(allObjects(FOUND.services), [a, b, elsewhere])
  t.strictSame(allObjects(undefined), [])
})

t.test('of nothing, nothing is known', async t => {
  t.strictSame(snapshotOf([]), EMPTY_SNAPSHOT)
  t.strictSame(
    COLLECTION_NAMES.flatMap(name => allObjects(EMPTY_SNAPSHOT[name])),
    [],
  )
})

t.test('a collection is replaced whole, and the snapshot before stays as it was', async t => {
  const after = withCollection(FOUND, 'services', [b as NonNullable<typeof b>])
  t.strictSame(allObjects(after.services), [b])
  t.equal(after.namespaces, FOUND.namespaces)
  t.equal(allObjects(FOUND.services).length, 3)
})

t.test('of two objects with one name, the later one counts', async t => {
  const [first, second] = [pod(), pod({}, { nodeName: 'n' })]
  t.equal(objectIn(snapshotOf([first, second]).pods, 'default', 'details-1'), second)
})
