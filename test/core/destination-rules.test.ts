import { t } from 'tap'
import { firstToSpeak, type Write } from '../../src/core/decision.ts'
import { DESTINATION_RULES, lackingSidecars } from '../../src/core/destination-rules.ts'
import { withValue } from '../../src/core/json.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { ENABLED, facts, factsOn, mesh, requestOf, upstream } from '../harness/build.ts'
import {
  modeForAll,
  namespace,
  pod,
  podInMesh,
  seen,
  service,
  settled,
} from '../harness/cluster.ts'

const MESH = mesh('team-a.istio')
const FACTS = facts(MESH)
const ask = (object: JsonObject, known: Facts) =>
  firstToSpeak(DESTINATION_RULES, requestOf(object) as Write, known)
const reasonOf = (object: JsonObject, known: Facts) => ask(object, known)?.finding.reason

const LABELLED = namespace('default', { 'gloo-istio.io/mtls': 'enabled' })
const world = (...objects: readonly JsonObject[]) => seen(FACTS, LABELLED, ...objects)
const ALL = [service(), podInMesh()]
const SOME = [...ALL, pod({ name: 'b' })]
const NOBODY = [service(), pod()]
const STRICT = modeForAll('default', 'STRICT')
const DISABLE = modeForAll('default', 'DISABLE')
const AMBIENT = namespace('default', {
  'gloo-istio.io/mtls': 'enabled',
  'istio.io/dataplane-mode': 'ambient',
})

// What is behind the Service | said, when selected by its namespace | when by annotation
const cases: readonly [string, readonly JsonObject[], string | undefined, string | undefined][] = [
  ['nothing known', [], undefined, undefined],
  ['a Service without pods', [service()], undefined, undefined],
  ['pods with sidecars', ALL, undefined, undefined],
  ['pods with sidecars that are to be met by mutual TLS', [...ALL, STRICT], undefined, undefined],
  ['pods without sidecars', NOBODY, 'NoSidecars', undefined],
  ['pods without sidecars, and a policy', [...NOBODY, STRICT], 'NoSidecars', undefined],
  ['some sidecars', SOME, 'MixedSidecars', undefined],
  ['some sidecars, which are strict', [...SOME, STRICT], 'MixedSidecarsStrict', undefined],
  [
    'some sidecars, which are permissive',
    [...SOME, modeForAll('default', 'PERMISSIVE')],
    'MixedSidecars',
    undefined,
  ],
  [
    'a mesh that takes plain text alone',
    [...ALL, DISABLE],
    'PlaintextDestination',
    'PlaintextDestination',
  ],
  [
    'no sidecars and plain text alone',
    [...NOBODY, DISABLE],
    'PlaintextDestination',
    'PlaintextDestination',
  ],
  ['an ambient namespace', [AMBIENT, service(), pod()], 'AmbientDestination', 'AmbientDestination'],
  ['sidecars in an ambient namespace', [AMBIENT, ...ALL], undefined, undefined],
]
for (const [title, objects, byNamespace, byAnnotation] of cases)
  t.test(
    `${title}: ${byNamespace ?? 'nothing'} to say, by annotation ${byAnnotation ?? 'nothing'}`,
    async t => {
      const known = world(...objects)
      const marked = settled(upstream({}, {}), world())
      t.equal(reasonOf(upstream({}, {}), known), byNamespace)
      t.equal(reasonOf(upstream(), known), byAnnotation)
      const isKept = byNamespace === undefined || byNamespace === 'MixedSidecarsStrict'
      t.equal(reasonOf(marked, known), isKept ? byNamespace : 'MtlsRemoved', 'what we wrote')
    },
  )

t.test('an annotation of the Service means it as much', async t =>
  t.equal(
    reasonOf(upstream({}, {}), seen(FACTS, service({ annotations: ENABLED }), pod())),
    undefined,
  ),
)

t.test('numbers and policies are named', async t => {
  const said = (...objects: readonly JsonObject[]) =>
    ask(upstream({}, {}), world(...objects))?.finding.message
  t.match(said(...SOME), /^1 of 2 pods of default\/details have a sidecar/)
  t.match(said(...SOME, STRICT), /^1 of 2 pods .* PeerAuthentication default\/all is STRICT/)
  t.match(said(...ALL, DISABLE), /^PeerAuthentication default\/all disables/)
  t.match(said(AMBIENT, service(), pod()), /^namespace default is in ambient mode/)
})

t.test('policies of the mesh are where its root namespace is', async t => {
  const at = (found: string, root: string | undefined) => {
    const known = facts(mesh('a.istio', { rootNamespace: root }))
    return reasonOf(upstream(), seen(known, ...ALL, modeForAll(found, 'DISABLE')))
  }
  t.equal(at('istio-system', undefined), 'PlaintextDestination')
  t.equal(at('root', 'root'), 'PlaintextDestination')
  t.equal(at('istio-system', 'root'), undefined)
})

const hosts = (...names: readonly string[]) => ({
  spec: { static: { hosts: names.map(addr => ({ addr, port: 9080 })) } },
})
t.test('of several hosts, the first that lacks sidecars is named', async t => {
  const object = upstream(hosts('more.default.svc', 'details.default.svc'), {})
  const more = [service({ name: 'more' }), podInMesh({ name: 'm', labels: { app: 'more' } })]
  t.match(ask(object, world(...more, ...NOBODY))?.finding, {
    reason: 'NoSidecars',
    message: /^0 of 1 pods of default\/details/,
  })
  t.equal(reasonOf(object, world(...more, ...ALL)), undefined)
  t.match(ask(object, world(...more, ...ALL, DISABLE))?.finding.reason, 'PlaintextDestination')
})

t.test('sidecars are lacking where some pod has none', async t => {
  const to = [{ namespace: 'default', service: 'details', port: 9080 }]
  t.match(lackingSidecars(to, world(...SOME)), { withSidecar: 1, destination: to[0] })
  t.equal(lackingSidecars(to, world(...ALL)), undefined)
  t.equal(lackingSidecars([], world(...SOME)), undefined)
})

const SECRET = 'gloo.solo.io/sslService.secret'
const onService = (annotations: JsonObject) => seen(FACTS, service({ annotations }))
// annotations of the Upstream | facts | reason
const decided: readonly [string, JsonObject, Facts, string | undefined][] = [
  ['on the Upstream', { ...ENABLED, [SECRET]: 's' }, FACTS, 'ServiceDecides'],
  ['on the Service alone', ENABLED, onService({ [SECRET]: 's' }), 'ServiceDecides'],
  ['on the Service, for another port', ENABLED, onService({ [SECRET]: '443:s' }), undefined],
  [
    'on another Service',
    ENABLED,
    seen(FACTS, service({ name: 'x', annotations: { [SECRET]: 's' } })),
    undefined,
  ],
  ['nowhere', ENABLED, onService({ other: 's' }), undefined],
  [
    'where this Gloo does not read it',
    ENABLED,
    { ...onService({ [SECRET]: 's' }), gloo: factsOn('0.13.13').gloo },
    undefined,
  ],
]
const byDiscovery = (annotations: JsonObject): JsonObject =>
  withValue(upstream({}, annotations), ['metadata', 'labels'], {
    discovered_by: 'kubernetesplugin',
  })
for (const [title, annotations, known, reason] of decided)
  t.test(`an annotation for TLS ${title}: ${reason ?? 'nothing to say'}`, async t =>
    t.equal(reasonOf(byDiscovery(annotations), known), reason),
  )

t.test('of an Upstream that a person made, Gloo does not ask the Service', async t => {
  const known = onService({ [SECRET]: 's' })
  t.equal(reasonOf(upstream(), known), undefined)
  t.equal(reasonOf(byDiscovery(ENABLED), { ...known, snapshot: undefined }), undefined)
})

t.test('a destination outside of every mesh goes before all else', async t => {
  t.equal(reasonOf(upstream(hosts('www.example.com')), world(...NOBODY)), 'DestinationNotInMesh')
  t.equal(reasonOf(upstream({ spec: { aws: {} } }), FACTS), 'DestinationNotInMesh')
})
