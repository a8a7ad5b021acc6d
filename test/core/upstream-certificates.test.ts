import { t } from 'tap'
import { INJECTED_ANNOTATION } from '../../src/core/annotations.ts'
import type { Decision, Write } from '../../src/core/decision.ts'
import { withValue } from '../../src/core/json.ts'
import { mutate } from '../../src/core/mutate.ts'
import { isFinding } from '../../src/core/reasons.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import { decideCertificates, meshOf } from '../../src/core/upstream-certificates.ts'
import { ENABLED, facts, factsOn, gloo, mesh, requestOf, upstream } from '../harness/build.ts'
import {
  carrierOn,
  live,
  namespace,
  pod,
  proxyOn,
  seen,
  service,
  settled,
} from '../harness/cluster.ts'

const [A, B] = [mesh('team-a.istio'), mesh('team-b.istio')]
const NEW = mesh('team-n.istio', { istioVersion: '1.22.0' })
const BOTH = facts(A, B)
const MESH = 'gloo-istio.io/mesh'
const writeOf = (object: JsonObject) => requestOf(object) as Write
const decide = (object: JsonObject, known: Facts): Decision =>
  decideCertificates(writeOf(object), known)
const reasonsOf = (object: JsonObject, known: Facts): string => {
  const { finding, notices } = decide(object, known)
  return [finding, ...notices].map(({ reason }) => reason).join(' ')
}
const marked = (known: Facts, annotations: JsonObject = ENABLED) =>
  settled(upstream({}, annotations), known)
const configOf = (object: JsonObject) => viewUpstream(object).sslConfig as JsonObject
const OURS = configOf(marked(facts(A)))
const BY = 'SelectedByAnnotation'

const around = (value: string) => namespace('default', { [MESH]: value })
const behind = (value: string) => service({ annotations: { [MESH]: value } })
// annotation of the Upstream | facts | mesh, or why there is none
const meshes: readonly [unknown, Facts, string][] = [
  [undefined, facts(A), 'team-a'],
  [undefined, BOTH, 'AmbiguousMesh'],
  [undefined, facts(), 'NoMeshConfigured'],
  ['team-b.istio', BOTH, 'team-b'],
  ['team-b.istio', seen(BOTH, behind('team-a.istio')), 'team-b'],
  [undefined, seen(BOTH, behind('team-b.istio'), around('team-a.istio')), 'team-b'],
  [undefined, seen(BOTH, service(), around('team-b.istio')), 'team-b'],
  ['x', BOTH, 'MalformedMeshReference'],
  ['x.y', BOTH, 'UnknownMesh'],
  [undefined, seen(BOTH, behind('x.y')), 'UnknownMesh'],
  [undefined, seen(BOTH, around('x')), 'MalformedMeshReference'],
]
for (const [value, known, expected] of meshes)
  t.test(`mesh ${JSON.stringify(value)} is ${expected}`, async t => {
    const found = meshOf(writeOf(upstream({}, { ...ENABLED, [MESH]: value })), known)
    t.equal(isFinding(found) ? found.reason : found.namespace, expected)
  })

t.test('a slip is said by its place', async t => {
  const said = (annotations: JsonObject, known: Facts) =>
    decide(upstream({}, annotations), known).finding.message
  t.match(
    said({ ...ENABLED, [MESH]: 'x' }, BOTH),
    /^metadata.annotations\[gloo-istio.io\/mesh\]: "x"/,
  )
  t.match(said(ENABLED, seen(BOTH, behind('x'))), /^annotation .* of Service default\/details: "x"/)
  t.match(said(ENABLED, seen(BOTH, around('x'))), /^gloo-istio.io\/mesh of namespace default: "x"/)
})

// sslConfig | annotations | facts | reasons
const cases: readonly [string, JsonObject | undefined, JsonObject, Facts, string][] = [
  ['none', undefined, {}, factsOn('1.3.20', A), `MtlsEnabled ${BY}`],
  ['none, without ALPN', undefined, {}, facts(A), `MtlsEnabled ${BY} AlpnNotSent`],
  ['none, and a slip', undefined, { 'gloo-istio.io/sni': 'a b' }, facts(A), 'InvalidAnnotation'],
  [
    'none, and no names',
    undefined,
    { 'gloo-istio.io/subject-alt-names': '' },
    facts(A),
    'InvalidAnnotation',
  ],
  ['none, and no form', undefined, {}, facts(NEW), 'NoModeFits'],
  ['none, and no cluster for it', undefined, {}, factsOn('1.9.8', A), 'BootstrapClusterMissing'],
  ['as ours', OURS, {}, facts(A), `AlreadyEnabled ${BY}`],
  ['an empty one', {}, {}, facts(A), 'SslConfigKept GlooRefuses'],
  ['of somebody else', { secretRef: { name: 'x' } }, {}, facts(A), 'SslConfigKept'],
  [
    'that this Gloo refuses',
    { sslFiles: { tlsCert: '/a', tlsKey: '/b' } },
    {},
    factsOn('1.22.1', A),
    'SslConfigKept GlooRefuses',
  ],
  ['of another version', OURS, {}, factsOn('1.3.20', A), `MtlsEnabled ${BY}`],
]
for (const [title, sslConfig, annotations, known, reasons] of cases)
  t.test(`an sslConfig, ${title}: ${reasons}`, async t => {
    const object = withSslConfig(upstream({}, { ...ENABLED, ...annotations }), sslConfig)
    t.equal(reasonsOf(object, known), reasons)
  })

t.test('null is no sslConfig, and either spelling is one', async t => {
  t.match(reasonsOf(upstream({ spec: { sslConfig: null } }), facts(A)), /^MtlsEnabled/)
  t.equal(
    reasonsOf(upstream({ spec: { upstreamSpec: { ssl_config: {} } } }), facts(A)),
    'SslConfigKept GlooRefuses',
  )
})

t.test('a cluster of the bootstrap will do where it is told to be there', async t => {
  const known = { ...factsOn('1.9.8', A), gloo: gloo({ version: '1.9.8', bootstrapCluster: true }) }
  t.match(configOf(marked(known)), { sds: { clusterName: 'gateway_proxy_sds' } })
  const newer = factsOn('1.22.1', A)
  const byGlooctl = withSslConfig(upstream(), configOf(marked(known)))
  t.equal(reasonsOf(byGlooctl, newer), `AlreadyEnabled ${BY}`, 'without a mark it is as good')
  t.match(reasonsOf(marked(known), newer), /^MtlsEnabled/, 'with ours it is written anew')
})

t.test('what we wrote for another version or annotation is written anew', async t => {
  for (const known of [factsOn('1.4.0', A), factsOn('1.22.1', A)])
    t.match(decide(marked(facts(A)), known), {
      kind: 'write-ssl-config',
      finding: { reason: 'MtlsEnabled' },
    })
  const named = { ...ENABLED, 'gloo-istio.io/sni': 'details.default.svc' }
  t.match(configOf(marked(facts(A), named)), { sni: 'details.default.svc' })
  t.match(reasonsOf(marked(facts(A), named), facts(A)), /^AlreadyEnabled/)
})

t.test('what somebody changed inside our block is theirs', async t => {
  const object = withSslConfig(marked(facts(A)), { ...OURS, sni: 'mine.example.com' })
  t.equal(reasonsOf(object, facts(A)), 'SslConfigChanged')
})

t.test('the identities behind the Service are written where they are asked for', async t => {
  const verified = { ...ENABLED, 'gloo-istio.io/verify-identity': 'enabled' }
  const known = seen(facts(A), service(), pod({}, { serviceAccountName: 'shop' }))
  const verifySubjectAltName = ['spiffe://cluster.local/ns/default/sa/shop']
  t.match(configOf(marked(known, verified)), { verifySubjectAltName })
  t.match(reasonsOf(upstream({}, verified), facts(A)), /IdentityUnknown/)
})

t.test('sidecars that are missing are said where mutual TLS was asked for all the same', async t =>
  t.equal(
    reasonsOf(upstream(), seen(factsOn('1.3.20', A), service(), pod())),
    `MtlsEnabled ${BY} SidecarsMissing`,
  ),
)

const BARE = proxyOn('1.0.0')
const READY = carrierOn('1.0.0', facts(A))
const off = (annotation: string): JsonObject => ({ annotations: { [annotation]: 'disabled' } })
const OUT = carrierOn('1.0.0', facts(A), off('gloo-istio.io/inject'))
const ALONE = proxyOn('1.0.0', off('gloo-istio.io/interlock'))
const ROLLING = { ...READY, status: {} }

// proxies | reason for what is off | reason for what is on
const proxies: readonly [string, readonly JsonObject[], string, string][] = [
  ['none', [], 'MtlsEnabled', 'AlreadyEnabled'],
  ['one that is ready', [READY], 'MtlsEnabled', 'AlreadyEnabled'],
  ['one that is not injected', [BARE], 'WaitingForProxy', 'AlreadyEnabled'],
  ['one that is rolling out', [ROLLING], 'WaitingForProxy', 'AlreadyEnabled'],
  ['one that opted out', [OUT], 'WaitingForProxy', 'MtlsRemoved'],
  ['one that nobody waits for', [ALONE], 'MtlsEnabled', 'AlreadyEnabled'],
]
for (const [title, found, whenOff, whenOn] of proxies)
  t.test(`with proxies, ${title}: ${whenOff} or ${whenOn}`, async t => {
    const known = live(facts(A), ...found)
    t.equal(decide(upstream(), known).finding.reason, whenOff)
    t.equal(decide(marked(facts(A)), known).finding.reason, whenOn)
    t.match(reasonsOf(upstream(), seen(facts(A), ...found)), /^MtlsEnabled/, 'nobody to wait for')
  })

t.test('what waits says who selected it', async t =>
  t.equal(reasonsOf(upstream(), live(facts(A), BARE)), `WaitingForProxy ${BY}`),
)

t.test('from one mesh to another, an Upstream waits for its proxies', async t => {
  const onB = { ...ENABLED, [MESH]: 'team-b.istio' }
  const moved = withValue(marked(facts(A)), ['metadata', 'annotations', MESH], 'team-b.istio')
  t.equal(decide(moved, live(BOTH, READY)).finding.reason, 'WaitingForProxy')
  const both = carrierOn('1.0.0', BOTH)
  const decision = decide(moved, live(BOTH, both))
  t.strictSame(configOf(mutate(moved, decision)), configOf(marked(BOTH, onB)))
})

// meshes that a proxy wants | reason for an Upstream on its way from team-a to team-b
const ways: readonly [string, string][] = [
  ['team-a.istio', 'WaitingForProxy'],
  ['team-b.istio', 'MtlsEnabled'],
  ['team-a.istio,team-b.istio', 'MtlsEnabled'],
  ['team-c.istio', 'MtlsRemoved'],
]
for (const [wanted, reason] of ways)
  t.test(`on its way, with a proxy of ${wanted}, an Upstream is ${reason}`, async t => {
    const known = facts(A, B, mesh('team-c.istio'))
    const moved = withValue(marked(facts(A)), ['metadata', 'annotations', MESH], 'team-b.istio')
    const proxy = carrierOn('1.0.0', known, { annotations: { 'gloo-istio.io/meshes': wanted } })
    t.equal(decide(moved, live(known, proxy)).finding.reason, reason)
  })

t.test('a name that changes does not wait, for its certificates are there', async t => {
  const named = withValue(
    marked(facts(A)),
    ['metadata', 'annotations', 'gloo-istio.io/sni'],
    'x.example.com',
  )
  t.equal(decide(named, live(facts(A), ROLLING)).finding.reason, 'MtlsEnabled')
})

const labelled = (object: JsonObject) =>
  withValue(object, ['metadata', 'labels'], { discovered_by: 'kubernetesplugin' })
const bare = withSslConfig(upstream(), OURS)

t.test('a mark that discovery dropped is put back', async t => {
  const decision = decide(labelled(bare), facts(A))
  t.match(decision, { kind: 'write-ssl-config', finding: { reason: 'MarkRestored' } })
  t.strictSame(mutate(labelled(bare), decision), labelled(marked(facts(A))))
  t.match(JSON.stringify(mutate(labelled(bare), decision)), INJECTED_ANNOTATION)
})

t.test('nor is one put back that a proxy no longer stands for', async t => {
  const decision = decide(labelled(bare), live(facts(A), OUT))
  t.equal(decision.finding.reason, 'MtlsRemoved')
  t.strictSame(mutate(labelled(bare), decision), labelled(upstream()))
  t.match(decide(bare, live(facts(A), OUT)).finding.reason, 'AlreadyEnabled', 'a person’s stays')
})

t.test('a mark that a person or glooctl never wrote is not made up', async t => {
  t.equal(reasonsOf(bare, facts(A)), `AlreadyEnabled ${BY}`)
  const known = factsOn('1.22.1', A)
  const ours = configOf(marked(known))
  const byCluster = {
    ...ours,
    sds: { ...(ours['sds'] as object), clusterName: 'gateway_proxy_sds' },
  }
  t.equal(reasonsOf(labelled(withSslConfig(upstream(), byCluster)), known), `AlreadyEnabled ${BY}`)
})
