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
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { proxyOn, rolledOut, service } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const at = (text: string): Place => placeOfKey(text)
const named = (name: string, spec: JsonObject, namespace = 'gloo-system') =>
  upstream({ metadata: { name, namespace }, spec })
const kube = (serviceNamespace: string) => ({
  kube: { serviceName: 'details', serviceNamespace, servicePort: 9080 },
})
const WORLD = snapshotOf([
  named('a', kube('first')),
  named('b', kube('second')),
  named('c', { static: { hosts: [{ addr: 'x.first.svc' }, { addr: 'y.third.svc' }] } }),
  named('d', { aws: {} }),
  named('e', kube('first'), 'elsewhere'),
  gatewayProxy(),
  service(),
])
const FACTS = facts(mesh('a.istio'), mesh('b.istio', { rootNamespace: 'root' }))

t.test('a place is found again by its key', async t => {
  for (const place of allPlaces(WORLD)) t.strictSame(placeOfKey(keyOfPlace(place)), place)
  t.equal(keyOfPlace(at('namespaces /default')), 'namespaces /default')
  for (const none of ['', 'jobs a/b']) t.throws(() => placeOfKey(none), TypeError)
  t.match(placeOfKey('upstreams'), { namespace: '', name: '' })
})

t.test('what a reconciler writes are proxies and Upstreams, the proxies first', async t =>
  t.strictSame(allPlaces(WORLD).map(keyOfPlace), [
    'deployments gloo-system/gateway-proxy',
    ...['a', 'b', 'c', 'd'].map(name => `upstreams gloo-system/${name}`),
    'upstreams elsewhere/e',
  ]),
)

t.test('each object of a collection has its place', async t => {
  t.strictSame(placesIn(WORLD, 'services').map(keyOfPlace), ['services default/details'])
  t.strictSame(placesIn(WORLD, 'pods'), [])
})

// what was touched | Upstreams whose decision may hang on it
const cases: readonly [string, readonly string[], string][] = [
  ['nothing', [], ''],
  ['a Service', ['services first/details'], 'a c e'],
  ['a pod', ['pods second/x'], 'b'],
  ['a Policy', ['policies third/x'], 'c'],
  ['a PeerAuthentication', ['peerAuthentications second/x'], 'b'],
  ['a namespace that Upstreams lead to', ['namespaces /first'], 'a c e'],
  ['a namespace that Upstreams live in', ['namespaces /elsewhere'], 'e'],
  ['two namespaces', ['pods second/x', 'namespaces /third'], 'b c'],
  ['a namespace of nobody', ['pods nowhere/x'], ''],
  ['a PeerAuthentication of a mesh', ['peerAuthentications istio-system/x'], 'a b c d e'],
  ['a PeerAuthentication of another mesh', ['peerAuthentications root/x'], 'a b c d e'],
  ['a MeshPolicy', ['meshPolicies /default'], 'a b c d e'],
  ['an Upstream', ['upstreams gloo-system/a'], ''],
  ['a proxy', ['deployments gloo-system/gateway-proxy'], ''],
]
for (const [title, touched, expected] of cases)
  t.test(`${title} may matter to: ${expected || 'none'}`, async t => {
    // Twice, for an answer is kept as long as the Upstream stays.
    for (const round of [1, 2]) {
      const found = upstreamsAffected(touched.map(at), FACTS, WORLD)
      t.equal(found.map(({ name }) => name).join(' '), expected, `round ${round}`)
    }
  })

t.test('the state of a proxy is another when what Upstreams wait for is', async t => {
  const proxy = proxyOn('1.22.1')
  const others = [
    proxyOn('1.22.2'),
    proxyOn('1.22.1', { annotations: { 'gloo-istio.io/inject': 'disabled' } }),
    { ...proxy, status: {} },
    rolledOut({ ...proxy, spec: { ...(proxy['spec'] as object), replicas: 0 } }, 0),
  ]
  const states = [proxy, ...others].map(stateOfProxy)
  t.equal(new Set(states).size, 5)
  t.equal(stateOfProxy({ ...proxy, status: { ...(proxy['status'] as object), x: 1 } }), states[0])
  t.equal(stateOfProxy(gatewayProxy({ labels: {} })), undefined)
})
