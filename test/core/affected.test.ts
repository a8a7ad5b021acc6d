import { t } from 'tap'
import {
  allPlaces,
  keyOfPlace,
  type Place,
  placeOfKey,
  placesIn,
  stateOfProxy,
  upstreamsAffected,
} from '../../src/core/affected.ts'
import { withValue } from '../../src/core/json.ts'
import { COLLECTION_NAMES, type Collection, snapshotOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { namespace, pod, proxyOn, rolledOut } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const place = (collection: Collection, namespace: string, name: string): Place => ({
  collection,
  namespace,
  name,
})

t.test('a place and its key say the same', async t => {
  t.equal(keyOfPlace(place('upstreams', 'gloo-system', 'a')), 'upstreams gloo-system/a')
  for (const collection of COLLECTION_NAMES)
    for (const namespace of ['gloo-system', '']) {
      const one = place(collection, namespace, 'a.b')
      t.strictSame(placeOfKey(keyOfPlace(one)), one)
    }
})

t.test('what is no key of a place is a fault of the caller', async t => {
  for (const key of ['', 'secrets a/b', 'toString a/b'])
    t.throws(() => placeOfKey(key), /no place/, key)
})

const named = (name: string, of: string, spec: JsonObject) =>
  withValue(
    withValue(upstream({ spec }), ['metadata', 'name'], name),
    ['metadata', 'namespace'],
    of,
  )
const kube = (serviceNamespace: string) => ({
  kube: { serviceName: 'details', serviceNamespace, servicePort: 9080 },
})
const hosts = (...addresses: readonly string[]) => ({
  static: { hosts: addresses.map(addr => ({ addr, port: 9080 })) },
})
const SNAPSHOT = snapshotOf([
  named('to-default', 'gloo-system', kube('default')),
  named('to-other', 'gloo-system', kube('other')),
  named('to-both', 'gloo-system', hosts('a.default.svc', 'b.other.svc.cluster.local')),
  named('to-nowhere', 'gloo-system', hosts('www.example.com')),
  named('in-default', 'default', kube('other')),
  namespace('default'),
  pod(),
])

t.test('the objects of a collection are found by their places', async t => {
  t.strictSame(placesIn(SNAPSHOT, 'pods'), [place('pods', 'default', 'details-1')])
  t.strictSame(placesIn(SNAPSHOT, 'namespaces'), [place('namespaces', '', 'default')])
  t.strictSame(placesIn(SNAPSHOT, 'services'), [])
})

t.test('what may have to be written is looked at proxies first', async t => {
  const daemonSet = { ...proxyOn('1.0.0'), kind: 'DaemonSet' }
  const bootstrap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'n' } }
  const all = allPlaces(snapshotOf([upstream(), daemonSet, proxyOn('1.0.0'), bootstrap, pod()]))
  t.strictSame(
    all.map(({ collection }) => collection),
    ['configMaps', 'deployments', 'daemonSets', 'upstreams'],
  )
})

const ALL = ['to-default', 'to-other', 'to-both', 'to-nowhere', 'in-default']
// touched | the Upstreams that have to be looked at
const cases: readonly [string, readonly Place[], readonly string[]][] = [
  ['nothing', [], []],
  ['a namespace', [place('namespaces', '', 'default')], ['to-default', 'to-both', 'in-default']],
  ['the namespace that all are in', [place('namespaces', '', 'gloo-system')], ALL.slice(0, 4)],
  ['a namespace that nothing leads to', [place('namespaces', '', 'third')], []],
  ['a Service', [place('services', 'other', 'x')], ['to-other', 'to-both', 'in-default']],
  ['a pod', [place('pods', 'default', 'x')], ['to-default', 'to-both', 'in-default']],
  ['a policy', [place('policies', 'default', 'x')], ['to-default', 'to-both', 'in-default']],
  [
    'a PeerAuthentication',
    [place('peerAuthentications', 'other', 'x')],
    ['to-other', 'to-both', 'in-default'],
  ],
  ['a PeerAuthentication for the mesh', [place('peerAuthentications', 'root', 'x')], ALL],
  ['one for a mesh that says no root', [place('peerAuthentications', 'istio-second', 'x')], ALL],
  ['one where that mesh has no say', [place('peerAuthentications', 'istio-system', 'x')], []],
  ['a MeshPolicy', [place('meshPolicies', '', 'default')], ALL],
  ['an Upstream', [place('upstreams', 'gloo-system', 'to-default')], []],
  ['a proxy', [place('deployments', 'default', 'x')], []],
  ['a ConfigMap', [place('configMaps', 'default', 'x')], []],
  [
    'a pod and a namespace',
    [place('pods', 'other', 'x'), place('namespaces', '', 'default')],
    ['to-default', 'to-other', 'to-both', 'in-default'],
  ],
]
const KNOWN = facts(
  mesh('a.istio', { rootNamespace: 'root' }),
  mesh('b.istio', { istioNamespace: 'istio-second' }),
)
for (const [title, touched, expected] of cases)
  t.test(`${title} concerns ${expected.join(', ') || 'no Upstream'}`, async t => {
    // Twice, for what Upstreams lead to is remembered.
    for (const _ of [1, 2])
      t.strictSame(
        upstreamsAffected(touched, KNOWN, SNAPSHOT).map(({ name }) => name),
        expected,
      )
  })

const state = (workload: JsonObject) => stateOfProxy(workload)
const PROXY = proxyOn('1.0.0')
// what differs | whether Upstreams may mind
const changes: readonly [string, JsonObject, boolean][] = [
  ['its resourceVersion', withValue(PROXY, ['metadata', 'resourceVersion'], '7'), false],
  ['its labels', withValue(PROXY, ['metadata', 'labels', 'a'], 'b'), false],
  ['a number of its status', withValue(PROXY, ['status', 'collisionCount'], 1), false],
  ['an annotation', withValue(PROXY, ['metadata', 'annotations'], { a: 'b' }), true],
  ['its template', withValue(PROXY, ['spec', 'template', 'spec', 'nodeName'], 'n'), true],
  ['its rollout', withValue(PROXY, ['status', 'availableReplicas'], 0), true],
  ['that it has no pods', rolledOut(withValue(PROXY, ['spec', 'replicas'], 0), 0), true],
  ['that it has more pods', rolledOut(withValue(PROXY, ['spec', 'replicas'], 3), 3), false],
]
for (const [title, changed, isOther] of changes)
  t.test(
    `a proxy ${isOther ? 'is another' : 'stays the same'} to Upstreams by ${title}`,
    async t => {
      t.equal(state(changed) !== state(PROXY), isOther)
      t.type(state(PROXY), 'string')
    },
  )

t.test('another workload has nothing to say to Upstreams', async t => {
  t.equal(state(gatewayProxy({ labels: {} })), undefined)
})
