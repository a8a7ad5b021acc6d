import { t } from 'tap'
import type { ApiError } from '../../src/cluster/api.ts'
import { gatherFacts } from '../../src/cluster/gather.ts'
import type { Told } from '../../src/core/live.ts'
import { allObjects } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, gloo, mesh } from '../harness/build.ts'
import { discovered, gatewayProxy, istiod, namespace, pod, service } from '../harness/live.ts'
import { ClusterApi } from '../stand-ins/cluster-api.ts'

const TOLD: Told = { facts: { ...facts(), gloo: gloo({ version: undefined }) }, meshes: [] }
const CLUSTER = [
  ...istiod('1.22.3'),
  gatewayProxy('1.17.0'),
  namespace('default', { 'gloo-istio.io/mtls': 'enabled' }),
  service('default', 'details'),
  pod('default', 'details'),
  discovered('default', 'details'),
]
const bootstrap = (labels: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'gloo-system', name: 'gateway-proxy-envoy-config', labels },
})

const gather = async (api: ClusterApi, told = TOLD, hasBootstraps = false) => {
  const refusals: [string, ApiError][] = []
  const { signal } = new AbortController()
  const onForbidden = (kind: string, error: ApiError) => refusals.push([kind, error])
  const found = await gatherFacts({ api, told, hasBootstraps, signal, onForbidden })
  return { found, refusals }
}
const countsOf = ({ snapshot }: Awaited<ReturnType<typeof gather>>['found']) =>
  Object.fromEntries(
    Object.entries(snapshot ?? {})
      .map(([collection, objects]) => [collection, allObjects(objects).length] as const)
      .filter(([, count]) => count > 0),
  )

t.test(
  'the facts of a cluster are gathered from what it has, each thing asked for once',
  async t => {
    const api = new ClusterApi(CLUSTER)
    const { found, refusals } = await gather(api)
    t.match(found, {
      isLive: true,
      isStale: false,
      meshesAreTold: false,
      gloo: { version: '1.17.0' },
      glooSeen: { 'gloo-system': '1.17.0' },
      meshes: [
        { namespace: 'istio-system', istioVersion: '1.22.3', trustDomain: 'mesh.example.com' },
      ],
    })
    t.strictSame(countsOf(found), {
      namespaces: 2,
      services: 1,
      pods: 1,
      configMaps: 1,
      deployments: 2,
      upstreams: 1,
    })
    t.strictSame(refusals, [])
    t.equal(api.watches, 0)
  },
)

t.test('of ConfigMaps, no more is asked for than what the control plane reads', async t => {
  const api = new ClusterApi([...CLUSTER, bootstrap({ gloo: 'gateway-proxy' })])
  await gather(api)
  t.strictSame(
    api.asked.filter(path => path.endsWith('configmaps')),
    ['/api/v1/namespaces/istio-system/configmaps'],
  )
})

t.test('bootstraps are gathered where they are wanted, beside the mesh’s own', async t => {
  const stranger = { ...bootstrap({}), metadata: { namespace: 'default', name: 'other' } }
  const api = new ClusterApi([...CLUSTER, bootstrap({ gloo: 'gateway-proxy' }), stranger])
  const { found } = await gather(api, TOLD, true)
  t.strictSame(
    allObjects(found.snapshot?.configMaps).map(({ metadata }) => (metadata as JsonObject)['name']),
    ['gateway-proxy-envoy-config', 'istio'],
  )
})

t.test('what is not installed counts as none', async t => {
  const api = new ClusterApi(CLUSTER)
  api.absent.push('/apis/security.istio.io', '/apis/authentication.istio.io', '/apis/gloo.solo.io')
  const { found, refusals } = await gather(api)
  t.equal(allObjects(found.snapshot?.upstreams).length, 0)
  t.equal(found.meshes.length, 1)
  t.strictSame(refusals, [])
})

t.test('an older version of an API does where the newer one is not there', async t => {
  const policy = {
    apiVersion: 'security.istio.io/v1beta1',
    kind: 'PeerAuthentication',
    metadata: { namespace: 'default', name: 'all' },
  }
  const api = new ClusterApi([...CLUSTER, policy])
  api.absent.push('/apis/security.istio.io/v1/')
  const { found } = await gather(api)
  t.equal(allObjects(found.snapshot?.peerAuthentications).length, 1)
})

t.test('what may not be seen is told of, and the rest is gathered', async t => {
  const api = new ClusterApi(CLUSTER)
  api.forbidden.push('/api/v1/pods', '/api/v1/namespaces/istio-system/configmaps')
  const { found, refusals } = await gather(api)
  t.strictSame(
    refusals.map(([kind, { statusCode }]) => [kind, statusCode]),
    [
      ['pods', 403],
      ['meshConfig istio-system/istio', 403],
    ],
  )
  t.equal(allObjects(found.snapshot?.upstreams).length, 1)
  t.match(found.meshes, [{ trustDomain: 'cluster.local' }])
})

t.test('an API server that does not answer is a failure', async t => {
  const api = new ClusterApi(CLUSTER)
  api.isAway = true
  await t.rejects(gather(api), /ECONNREFUSED/)
})

t.test('meshes of the configuration are completed by what their namespace tells', async t => {
  const { trustDomain: _, istioVersion: __, ...told } = mesh('istio-system.istio')
  const { found } = await gather(new ClusterApi(CLUSTER), { ...TOLD, meshes: [told] })
  t.match(found.meshes, [{ istioVersion: '1.22.3', trustDomain: 'mesh.example.com' }])
  t.equal(found.meshesAreTold, true)
})
