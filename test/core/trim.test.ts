import { t } from 'tap'
import { backingOf, hasSidecar, isAmbient, isMeshMember } from '../../src/core/backing-pods.ts'
import { type Collection, collectionOf, snapshotOf } from '../../src/core/snapshot.ts'
import { trim } from '../../src/core/trim.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { upstream } from '../harness/build.ts'
import { namespace, pod, podInMesh, proxyOn, service } from '../harness/cluster.ts'

const BOOKS = {
  uid: 'u',
  resourceVersion: '7',
  generation: 2,
  creationTimestamp: '2026-01-01T00:00:00Z',
  managedFields: [{ manager: 'kubectl' }],
}
const LAST = 'kubectl.kubernetes.io/last-applied-configuration'
const kept = (object: JsonObject): JsonObject => {
  const collection = collectionOf(object)
  if (collection === undefined) throw new TypeError('no collection')
  return trim(collection, object)
}
const withMetadata = (object: JsonObject, more: JsonObject): JsonObject => ({
  ...object,
  metadata: { ...(object['metadata'] as JsonObject), ...more },
})

t.test('of what a patch may touch, all is kept but bookkeeping', async t => {
  const annotations = { a: 'b', [LAST]: '{"kind":"Upstream"}' }
  const object = { ...withMetadata(upstream(), { ...BOOKS, annotations }), status: { state: 1 } }
  const { managedFields: _, ...books } = BOOKS
  const expected = withMetadata(upstream(), { ...books, annotations: { a: 'b', [LAST]: '' } })
  t.strictSame(trim('upstreams', object), expected)
})

t.test('an object without metadata, or with odd annotations, is kept as well', async t => {
  t.strictSame(trim('upstreams', { kind: 'Upstream' }), { kind: 'Upstream', metadata: {} })
  const odd = { metadata: { annotations: 'text' } }
  t.strictSame(trim('upstreams', odd), odd)
})

t.test('of a workload, the numbers of its rollout stay, and how it went without times', async t => {
  const [lastUpdateTime, lastTransitionTime] = [BOOKS.creationTimestamp, BOOKS.creationTimestamp]
  const condition = (type: string, reason: string) => ({ type, status: 'True', reason })
  const conditions = [
    { ...condition('Available', 'MinimumReplicasAvailable'), lastUpdateTime, lastTransitionTime },
    {
      ...condition('Progressing', 'NewReplicaSetAvailable'),
      lastUpdateTime,
      lastTransitionTime,
      message: 'ReplicaSet "gateway-proxy-1" has successfully progressed.',
    },
  ]
  for (const collection of ['deployments', 'daemonSets'] as const) {
    const workload = { ...proxyOn('1.22.1'), status: { replicas: 1, conditions } }
    const kept = [{ type: 'Progressing', reason: 'NewReplicaSetAvailable' }]
    t.strictSame(trim(collection, workload), {
      ...workload,
      status: { replicas: 1, conditions: kept },
    })
    t.strictSame(
      trim(collection, { ...workload, status: { replicas: 1 } })['status'],
      { replicas: 1 },
      'none stays none',
    )
  }
  t.strictSame(trim('deployments', { metadata: {} }), { metadata: {}, status: {} })
})

t.test('a ConfigMap and a policy are kept whole', async t => {
  for (const collection of ['configMaps', 'peerAuthentications', 'policies'] as const) {
    const object = { kind: 'X', metadata: { name: 'a' }, data: { a: 'b' } }
    t.strictSame(trim(collection, object), object)
  }
})

const HEAD = { uid: 'u', resourceVersion: '7' }
// What is known of each kind that is only looked at: as it comes | as it is kept
const looked: readonly [Collection, JsonObject, JsonObject][] = [
  [
    'namespaces',
    withMetadata(
      namespace(
        'a',
        {
          'gloo-istio.io/mtls': 'enabled',
          'istio-injection': 'enabled',
          'istio.io/rev': 'r',
          team: 'x',
        },
        { 'gloo-istio.io/mesh': 'a.b', other: 'x', [LAST]: '{}' },
      ),
      BOOKS,
    ),
    withMetadata(
      namespace(
        'a',
        {
          'gloo-istio.io/mtls': 'enabled',
          'istio-injection': 'enabled',
          'istio.io/rev': 'r',
        },
        { 'gloo-istio.io/mesh': 'a.b' },
      ),
      HEAD,
    ),
  ],
  [
    'services',
    withMetadata(
      service(
        {
          labels: { team: 'x' },
          annotations: {
            'gloo-istio.io/mtls': 'enabled',
            'gloo.solo.io/sslService.secret': 's',
            'alpha.istio.io/canonical-serviceaccounts': 'c',
            other: 'x',
          },
        },
        { ports: [{ name: 'http', port: 80, targetPort: 'x', protocol: 'TCP' }], clusterIP: 'x' },
      ),
      BOOKS,
    ),
    withMetadata(
      service(
        {
          annotations: {
            'gloo-istio.io/mtls': 'enabled',
            'gloo.solo.io/sslService.secret': 's',
            'alpha.istio.io/canonical-serviceaccounts': 'c',
          },
        },
        { ports: [{ port: 80, targetPort: 'x' }] },
      ),
      HEAD,
    ),
  ],
  [
    'pods',
    withMetadata(
      podInMesh(
        { annotations: { 'sidecar.istio.io/status': '{"version":"x"}', other: 'x' } },
        {
          serviceAccountName: 's',
          containers: [{ name: 'app' }, { name: 'istio-proxy', image: 'x' }],
          nodeName: 'n',
        },
      ),
      BOOKS,
    ),
    withMetadata(
      podInMesh(
        { annotations: { 'sidecar.istio.io/status': '' } },
        { serviceAccountName: 's', containers: [{ name: 'istio-proxy' }] },
      ),
      HEAD,
    ),
  ],
  [
    'settings',
    {
      apiVersion: 'gloo.solo.io/v1',
      kind: 'Settings',
      metadata: { name: 'default', namespace: 'gloo-system', ...BOOKS },
      spec: { gloo: { istioOptions: { enableAutoMtls: true }, x: 1 }, linkerd: true },
    },
    {
      apiVersion: 'gloo.solo.io/v1',
      kind: 'Settings',
      metadata: { name: 'default', namespace: 'gloo-system', ...HEAD },
      spec: { gloo: { istioOptions: { enableAutoMtls: true } } },
    },
  ],
]
for (const [collection, object, expected] of looked)
  t.test(`of ${collection}, only what decisions look at is kept`, async t => {
    t.equal(collectionOf(object), collection)
    t.strictSame(trim(collection, object), expected)
    t.strictSame(trim(collection, expected), expected, 'and that once')
  })

t.test('of a pod that says little, little is kept', async t =>
  t.strictSame(trim('pods', { spec: { containers: 'x' } }), {
    apiVersion: undefined,
    kind: undefined,
    metadata: { labels: undefined },
    spec: { serviceAccountName: '', containers: [] },
    status: { phase: '' },
  }),
)

t.test('what is kept leads to the same answers as the whole', async t => {
  const pods = [
    pod(),
    podInMesh(),
    pod({ annotations: { 'sidecar.istio.io/status': '{}' } }),
    pod({}, { initContainers: [{ name: 'istio-proxy' }] }),
    pod({}, {}, 'Failed'),
    pod({ labels: { app: 'other' } }),
  ].map((found, at) => withMetadata(found, { name: `details-${at}` }))
  for (const found of pods) t.equal(hasSidecar(kept(found)), hasSidecar(found))
  const labels = [{ 'istio-injection': 'enabled' }, { 'istio.io/dataplane-mode': 'ambient' }]
  for (const label of labels) {
    const objects = [namespace('default', { ...label, x: 'y' }), service(), ...pods]
    const [whole, short] = [snapshotOf(objects), snapshotOf(objects.map(kept))]
    const to = { namespace: 'default', service: 'details', port: 9080 }
    t.equal(isMeshMember(short, to), isMeshMember(whole, to))
    t.equal(isAmbient(short, to), isAmbient(whole, to))
    t.equal(backingOf(short, to).withSidecar, backingOf(whole, to).withSidecar)
    t.equal(backingOf(short, to).pods.length, 4)
  }
})
