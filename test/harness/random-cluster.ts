import fc from 'fast-check'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { ENABLED, upstream } from './build.ts'
import {
  modeForAll,
  namespace,
  peerAuthentication,
  pod,
  podInMesh,
  proxyOn,
  rolledOut,
  seen,
  service,
  settled,
} from './cluster.ts'

/** Pieces of a cluster in every combination, so that every rule about an Upstream is met. */

const MTLS = 'gloo-istio.io/mtls'
const SWITCHES = ['enabled', 'enabled', 'disabled', '9080:enabled', 'yes']
const MESHES = ['team-a.istio', 'team-b.istio.canary', 'x.y', 'slip']

const settings = fc.record(
  {
    [MTLS]: fc.constantFrom(...SWITCHES),
    'gloo-istio.io/mesh': fc.constantFrom(...MESHES),
    'gloo-istio.io/verify-identity': fc.constantFrom('enabled', 'disabled', 'no'),
  },
  { requiredKeys: [] },
)

const ownSettings = fc
  .tuple(
    settings,
    fc.record(
      {
        'gloo-istio.io/sni': fc.constantFrom('asked.example.com', 'a b'),
        'gloo-istio.io/subject-alt-names': fc.constantFrom('spiffe://asked', ''),
        other: fc.string(),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([common, own]): JsonObject => ({ ...common, ...own }))

const hosts = (...found: readonly string[]) => ({
  static: { hosts: found.map((addr, at) => ({ addr, port: at === 0 ? 9080 : 9443 })) },
})
const KUBE = { kube: { serviceName: 'details', serviceNamespace: 'default', servicePort: 9080 } }
const specs = fc.constantFrom<JsonObject>(
  KUBE,
  KUBE,
  { upstreamSpec: KUBE },
  { upstream_spec: KUBE },
  hosts('details.default.svc'),
  hosts('details.default.svc', 'other.second.svc.cluster.local'),
  hosts('details.default.svc', 'www.example.com'),
  hosts('www.example.com'),
  { aws: {} },
  {},
)

/** An Upstream as somebody made it, without anything of ours. */
export const plainUpstreams = fc
  .record({
    spec: specs,
    annotations: ownSettings,
    isDiscovered: fc.boolean(),
    more: fc.dictionary(fc.constantFrom('a/b~c', 'loadBalancerConfig', 'zz'), fc.jsonValue()),
  })
  .map(({ spec, annotations, isDiscovered, more }) => {
    const made = upstream({ spec: { ...spec, ...more } }, annotations)
    const labels = isDiscovered ? { discovered_by: 'kubernetesplugin' } : {}
    return { ...made, metadata: { ...(made['metadata'] as JsonObject), labels } }
  })
  .map(object => JSON.parse(JSON.stringify(object)) as JsonObject)

/** The namespaces, Services, pods and policies that an Upstream may lead to. */
const surroundings = fc
  .record({
    labels: fc.record(
      {
        [MTLS]: fc.constantFrom('enabled', 'disabled', 'yes'),
        'istio-injection': fc.constantFrom('enabled', 'disabled'),
        'istio.io/dataplane-mode': fc.constant('ambient'),
      },
      { requiredKeys: [] },
    ),
    own: fc.record({ [MTLS]: fc.constantFrom('enabled', 'disabled') }, { requiredKeys: [] }),
    annotations: settings,
    decides: fc.constantFrom({}, {}, {}, { 'gloo.solo.io/sslService.secret': 's' }),
    pods: fc.array(fc.constantFrom(pod, podInMesh, podInMesh), { maxLength: 2 }),
    policies: fc.subarray([
      modeForAll('default', 'STRICT'),
      modeForAll('istio-system', 'PERMISSIVE'),
      peerAuthentication(
        { name: 'own' },
        { selector: { matchLabels: { app: 'details' } }, mtls: { mode: 'DISABLE' } },
      ),
    ]),
  })
  .map(({ labels, own, annotations, decides, pods, policies }): readonly JsonObject[] => [
    namespace('default', labels, annotations),
    namespace('gloo-system', own),
    service({ annotations: { ...annotations, ...decides } }),
    ...pods.map((make, at) => make({ name: `details-${at}` }, { serviceAccountName: `a-${at}` })),
    ...policies,
  ])

const shapes = fc.record(
  {
    'gloo-istio.io/inject': fc.constantFrom('enabled', 'disabled', 'no'),
    'gloo-istio.io/meshes': fc.constantFrom('team-a.istio', 'team-b.istio.canary', 'slip'),
    'gloo-istio.io/interlock': fc.constantFrom('enabled', 'disabled'),
  },
  { requiredKeys: [] },
)

/** A proxy at some point on its way: bare, injected, rolled out. */
export const proxiesOf = (known: Facts) =>
  fc
    .record({ annotations: shapes, isInjected: fc.boolean(), isUp: fc.boolean() })
    .map(({ annotations, isInjected, isUp }) => {
      const plain = proxyOn(String(known.gloo.version))
      const injected = isInjected ? settled(plain, known) : plain
      const metadata = injected['metadata'] as JsonObject
      const all = { ...(metadata['annotations'] as JsonObject), ...annotations }
      const object = { ...injected, metadata: { ...metadata, annotations: all } }
      return isUp ? rolledOut(object) : { ...object, status: {} }
    })

/** Facts of a cluster that is known, watched or not, with Upstreams that are on. */
export const clustersOf = (known: Facts): fc.Arbitrary<Facts> =>
  fc
    .record({
      around: surroundings,
      proxies: fc.array(proxiesOf(known), { maxLength: 1 }),
      selection: fc.constantFrom('off', 'labelled', 'mesh-members', 'all'),
      verifyIdentity: fc.boolean(),
      isLive: fc.boolean(),
      isStale: fc.boolean(),
      meshesAreTold: fc.boolean(),
      autoMtls: fc.constantFrom('disabled', 'disabled', 'disabled', 'enabled'),
      hasOneOn: fc.boolean(),
    })
    .map(({ around, proxies, autoMtls, hasOneOn, ...rest }) => {
      const on = hasOneOn
        ? [settled(upstream({}, { ...ENABLED, 'gloo-istio.io/mesh': 'team-a.istio' }), known)]
        : []
      return {
        ...seen(known, ...around, ...proxies, ...on),
        ...rest,
        gloo: { ...known.gloo, autoMtls },
      }
    })
