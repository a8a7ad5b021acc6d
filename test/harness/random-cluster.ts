import fc from 'fast-check'
import type { ClusterSelection, Facts, JsonObject, Mesh } from '../../src/core/types.ts'
import { ENABLED, facts, gloo, mesh, upstream } from './build.ts'
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

/** Meshes of one set of names under Glooes that give each another form. */
const worldOf = (version: string, istio: readonly string[], mode: Mesh['mode'] = 'auto') => ({
  ...facts(
    ...['team-a.istio', 'team-b.istio.canary', 'team-n.istio'].map((name, index) =>
      mesh(name, { istioVersion: istio[index], mode }),
    ),
  ),
  gloo: gloo({ version, bootstrapCluster: true }),
})
const WORLDS: readonly Facts[] = [
  worldOf('1.0.0', ['1.0.6', '1.1.0', '1.22.0']),
  worldOf('1.9.8', ['1.4.10', '1.22.0', '1.5.0']),
  worldOf('1.22.1', ['1.22.0', '1.4.10', '1.30.0']),
  worldOf('1.22.1', ['1.22.0', '1.20.0', '1.14.0'], 'agent-socket'),
  worldOf('1.4.0', ['1.3.0', '1.1.0', '1.2.0'], 'node-agent-sds'),
]
export const worlds = fc.constantFrom(...WORLDS)

/** Pieces of a cluster in every combination, so that every rule about an Upstream is met. */

/** Mostly these, for whatever stands in the way of the rules behind it should be rare. */
const mostly = <T>(usual: readonly T[], rare: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...usual), weight: 12 },
    { arbitrary: fc.constantFrom(...rare), weight: 1 },
  )

const MTLS = 'gloo-istio.io/mtls'
const MESH = 'gloo-istio.io/mesh'
const VERIFY = 'gloo-istio.io/verify-identity'

/** Annotations of that key, or none. */
const setTo = (key: string, value: fc.Arbitrary<string>, weight = 1): fc.Arbitrary<JsonObject> =>
  fc.oneof(
    { arbitrary: fc.constant({}), weight: 2 },
    { arbitrary: value.map((found): JsonObject => ({ [key]: found })), weight },
  )

const joined = (...parts: readonly fc.Arbitrary<JsonObject>[]): fc.Arbitrary<JsonObject> =>
  fc.tuple(...parts).map(found => Object.assign({}, ...found) as JsonObject)

const switched = mostly(['enabled', 'enabled', 'disabled', '9080:enabled'], ['yes'])
const settings = joined(
  setTo(MTLS, switched),
  setTo(MESH, mostly(['team-a.istio', 'team-b.istio.canary'], ['x.y', 'slip'])),
  setTo(VERIFY, mostly(['enabled', 'disabled'], ['no'])),
)
const ownSettings = joined(
  settings,
  setTo('gloo-istio.io/sni', mostly(['asked.example.com'], ['a b'])),
  setTo('gloo-istio.io/subject-alt-names', mostly(['spiffe://asked'], [''])),
  setTo('other', fc.string()),
)

const hosts = (...found: readonly string[]) => ({
  static: { hosts: found.map((addr, at) => ({ addr, port: at === 0 ? 9080 : 9443 })) },
})
const KUBE = { kube: { serviceName: 'details', serviceNamespace: 'default', servicePort: 9080 } }
const specs = mostly<JsonObject>(
  [
    KUBE,
    KUBE,
    { upstreamSpec: KUBE },
    { upstream_spec: KUBE },
    hosts('details.default.svc'),
    hosts('details.default.svc', 'other.second.svc.cluster.local'),
  ],
  [hosts('details.default.svc', 'www.example.com'), hosts('www.example.com'), { aws: {} }, {}],
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
    labels: joined(
      setTo(MTLS, mostly(['enabled', 'enabled', 'disabled'], ['yes']), 4),
      setTo('istio-injection', fc.constantFrom('enabled', 'disabled')),
      setTo('istio.io/dataplane-mode', mostly(['none'], ['ambient'])),
    ),
    own: setTo(MTLS, fc.constantFrom('enabled', 'disabled')),
    annotations: settings,
    decides: mostly<JsonObject>([{}], [{ 'gloo.solo.io/sslService.secret': 's' }]),
    pods: fc.array(mostly([podInMesh, podInMesh, podInMesh, pod], [pod]), { maxLength: 2 }),
    policies: fc.subarray<JsonObject>([
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

const shapes = joined(
  setTo('gloo-istio.io/inject', mostly(['enabled', 'disabled'], ['no'])),
  setTo('gloo-istio.io/meshes', mostly(['team-a.istio', 'team-b.istio.canary'], ['slip'])),
  setTo('gloo-istio.io/interlock', mostly(['enabled'], ['disabled'])),
)

/** A proxy at some point on its way: bare, injected, rolled out. */
export const proxiesOf = (known: Facts) =>
  fc
    .record({
      annotations: shapes,
      isInjected: mostly([true], [false]),
      isUp: mostly([true], [false]),
    })
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
      selection: mostly<ClusterSelection>(['labelled', 'mesh-members', 'all'], ['off']),
      verifyIdentity: fc.boolean(),
      isLive: fc.boolean(),
      isStale: fc.boolean(),
      meshesAreTold: fc.boolean(),
      autoMtls: mostly<Facts['gloo']['autoMtls']>(['disabled'], ['enabled']),
      hasOneOn: fc.boolean(),
    })
    .map(({ around, proxies, autoMtls, hasOneOn, ...rest }) => {
      const on = hasOneOn
        ? [settled(upstream({}, { ...ENABLED, 'gloo-istio.io/mesh': 'team-a.istio' }), known)]
        : []
      return {
        ...seen(known, ...around, ...proxies, ...on),
        ...rest,
        defaultMesh: known.meshes[0],
        gloo: { ...known.gloo, autoMtls },
      }
    })
