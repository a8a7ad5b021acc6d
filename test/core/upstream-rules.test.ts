import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { mutate } from '../../src/core/mutate.ts'
import { finding } from '../../src/core/reasons.ts'
import type { Facts, Gloo, JsonObject, Mesh } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import { decideUpstream, withdrawUpstream } from '../../src/core/upstream-rules.ts'
import { ENABLED, facts, factsOn, gloo, mesh, requestOf, upstream } from '../harness/build.ts'

const A = mesh('team-a.istio')
const NEW = mesh('team-n.istio', { istioVersion: '1.22.0' })
const UNTOLD = mesh('team-u.istio', { istioVersion: undefined })
const FACTS = facts(A, mesh('team-b.istio'), NEW, UNTOLD)
const of = (name: string) => ({ ...ENABLED, 'gloo-istio.io/mesh': name })
const ON_A = of('team-a.istio')
const OURS = {
  sslFiles: {
    rootCa: '/etc/certs/team-a/istio/root-cert.pem',
    tlsCert: '/etc/certs/team-a/istio/cert-chain.pem',
    tlsKey: '/etc/certs/team-a/istio/key.pem',
  },
}
const decide = (object: JsonObject, known: Facts = FACTS, oldObject?: JsonObject) =>
  decideUpstream(requestOf(object, { oldObject }) as Write, known)

// annotations | more | reason; the order of the lines is the order of the rules
const cases: readonly [JsonObject, JsonObject, string][] = [
  [{}, { spec: 'text' }, 'NotSelected'],
  [{ 'gloo-istio.io/mesh': 'team-a.istio' }, {}, 'NotSelected'],
  [{ 'gloo-istio.io/mtls': 'disabled' }, { spec: 'text' }, 'OptedOut'],
  [{ 'gloo-istio.io/mtls': 'disabled' }, { spec: { sslConfig: OURS } }, 'MtlsRemoved'],
  [{ 'gloo-istio.io/mtls': 'disabled' }, { spec: { sslConfig: { sni: 'x' } } }, 'OptedOut'],
  [{ 'gloo-istio.io/mtls': 'on' }, { spec: { sslConfig: OURS } }, 'InvalidAnnotation'],
  [{ 'gloo-istio.io/mtls': true }, {}, 'InvalidAnnotation'],
  [ON_A, { spec: undefined }, 'InvalidSpec'],
  [ON_A, { spec: [] }, 'InvalidSpec'],
  [ON_A, { spec: { upstreamSpec: 3 } }, 'InvalidSpec'],
  [of('x.y'), { spec: { aws: {} } }, 'DestinationNotInMesh'],
  [
    ON_A,
    { spec: { static: { hosts: [{ addr: 'example.com', port: 443 }] } } },
    'DestinationNotInMesh',
  ],
  [ON_A, { spec: { static: { hosts: [{ addr: 'a.b.svc', port: 443 }] } } }, 'MtlsEnabled'],
  [{ ...ON_A, 'gloo.solo.io/sslService.secret': 's' }, {}, 'ServiceDecides'],
  [ENABLED, {}, 'AmbiguousMesh'],
  [of('x'), {}, 'MalformedMeshReference'],
  [of('x.y'), {}, 'UnknownMesh'],
  [of('team-n.istio'), {}, 'NoModeFits'],
  [of('team-u.istio'), {}, 'IstioVersionUnknown'],
  [{ ...ON_A, 'gloo-istio.io/sni': 'a b' }, {}, 'InvalidAnnotation'],
  [{ ...ON_A, 'gloo-istio.io/subject-alt-names': '' }, {}, 'InvalidAnnotation'],
  [ON_A, { spec: { sslConfig: OURS } }, 'AlreadyEnabled'],
  [ON_A, { spec: { sslConfig: {} } }, 'SslConfigKept'],
  [ON_A, { spec: { upstreamSpec: { ssl_config: {} } } }, 'SslConfigKept'],
  [ON_A, { spec: { sslConfig: null } }, 'MtlsEnabled'],
  [ON_A, {}, 'MtlsEnabled'],
]
for (const [annotations, more, reason] of cases)
  t.test(`${JSON.stringify(annotations)} ${JSON.stringify(more)} is ${reason}`, async t => {
    const decision = decide(upstream(more, annotations))
    t.equal(decision.finding.reason, reason)
    const writes = ['MtlsEnabled', 'MtlsRemoved'].includes(reason)
    t.equal(decision.kind, writes ? 'write-ssl-config' : 'skip')
  })

// What the Gloo that serves it is like | reason | reason when our sslConfig is there already
const gloos: readonly [string, Partial<Gloo>, readonly Mesh[], string, string][] = [
  ['of unknown version', { version: undefined }, [A], 'GlooVersionUnknown', 'GlooVersionUnknown'],
  ['of a vague version', { version: '1.9' }, [A], 'GlooVersionVague', 'GlooVersionVague'],
  ['beside a whole sidecar', { sidecarOnGateway: true }, [A], 'SidecarOnGateway', 'MtlsRemoved'],
  ['with auto-mTLS', { autoMtls: 'enabled' }, [A], 'AutoMtlsOn', 'MtlsRemoved'],
  [
    'with auto-mTLS that gives way',
    { autoMtls: 'overridden' },
    [A],
    'MtlsEnabled',
    'AlreadyEnabled',
  ],
  [
    'without the cluster',
    { version: '1.9.8' },
    [A],
    'BootstrapClusterMissing',
    'BootstrapClusterMissing',
  ],
  [
    'with the cluster',
    { version: '1.9.8', bootstrapCluster: true },
    [A],
    'MtlsEnabled',
    'MtlsEnabled',
  ],
  ['that needs no cluster', { version: '1.12.4' }, [A], 'MtlsEnabled', 'MtlsEnabled'],
]
for (const [title, more, meshes, fresh, ours] of gloos)
  t.test(`a Gloo ${title} is ${fresh}, and ${ours} for what we wrote before`, async t => {
    const known = { ...facts(...meshes), gloo: gloo(more) }
    t.equal(decide(upstream({}, ENABLED), known).finding.reason, fresh)
    const spec = { kube: {}, sslConfig: OURS }
    t.equal(decide(upstream({ spec }, ENABLED), known).finding.reason, ours)
  })

t.test('an Upstream that auto-mTLS leaves alone is ours to fill', async t => {
  const known = { ...facts(A), gloo: gloo({ autoMtls: 'enabled' }) }
  for (const spec of [{ disableIstioAutoMtls: true }, { disable_istio_auto_mtls: true }])
    t.equal(decide(upstream({ spec }), known).finding.reason, 'MtlsEnabled')
})

t.test('what is removed for a warning says the warning, too', async t => {
  const known = { ...facts(A), gloo: gloo({ autoMtls: 'enabled' }) }
  const { notices } = decide(upstream({ spec: { sslConfig: OURS } }), known)
  t.strictSame(
    notices.map(notice => notice.reason),
    ['AutoMtlsOn'],
  )
})

t.test('a slip in an annotation does not keep ours from being removed', async t => {
  const annotations = { 'gloo-istio.io/mtls': 'disabled', 'gloo-istio.io/sni': 'a b' }
  t.equal(
    decide(upstream({ spec: { sslConfig: OURS } }, annotations)).finding.reason,
    'MtlsRemoved',
  )
})

/** An Upstream as we leave it, mark and all. */
const enabled = (known: Facts = facts(A), annotations: JsonObject = ENABLED) => {
  const object = upstream({}, annotations)
  return mutate(object, decide(object, known))
}

t.test('a mesh that is not configured any more takes what we wrote along', async t => {
  const object = enabled()
  t.equal(decide(object, facts()).finding.reason, 'MtlsRemoved')
  t.match(decide(object, facts()).finding.message, 'mesh team-a.istio is not configured any more')
  const undressed = { ...upstream({}, {}), spec: object['spec'] as JsonObject }
  t.equal(
    decide(undressed, facts(), object).finding.reason,
    'MtlsRemoved',
    'marked by the old object',
  )
  t.equal(decide(undressed, facts()).finding.reason, 'NotSelected', 'unmarked')
})

t.test('a reference that is a slip leaves what we wrote', async t => {
  const object = enabled(facts(A), ON_A)
  const metadata = object['metadata'] as JsonObject
  const annotations = { ...(metadata['annotations'] as JsonObject), 'gloo-istio.io/mesh': 'x.y' }
  const slipped = { ...object, metadata: { ...metadata, annotations } }
  t.equal(decide(slipped).finding.reason, 'UnknownMesh')
})

t.test('what somebody changed inside our block is theirs, and is said', async t => {
  const object = withSslConfig(enabled(), { ...OURS, sni: 'mine.example.com' })
  t.equal(decide(object).finding.reason, 'AmbiguousMesh')
  t.equal(decide(object, facts(A)).finding.reason, 'SslConfigChanged')
  const off = upstream({ spec: object['spec'] as JsonObject }, { 'gloo-istio.io/mtls': 'disabled' })
  t.equal(decide(off, facts(A), object).finding.reason, 'OptedOut')
})

t.test('what we wrote for another version or annotation is written anew', async t => {
  for (const known of [factsOn('1.4.0', A), factsOn('1.22.1', A)]) {
    const decision = decide(enabled(), known)
    t.equal(decision.finding.reason, 'MtlsEnabled')
    t.equal(decision.kind, 'write-ssl-config')
  }
  const object = enabled(facts(A), { ...ENABLED, 'gloo-istio.io/sni': 'details.default.svc' })
  t.match(viewUpstream(object).sslConfig, { sni: 'details.default.svc' })
  t.equal(decide(object, facts(A)).finding.reason, 'AlreadyEnabled')
})

t.test('an sslConfig of somebody else that this Gloo refuses is kept, and said so', async t => {
  const theirs = { sslFiles: { tlsCert: '/a', tlsKey: '/b' } }
  const { finding, notices } = decide(
    upstream({ spec: { sslConfig: theirs } }),
    factsOn('1.22.1', A),
  )
  t.equal(finding.reason, 'SslConfigKept')
  t.match(notices, [{ reason: 'GlooRefuses', message: /Gloo 1.22.1 refuses spec.sslConfig/ }])
})

t.test('a Gloo that sends no ALPN is said to be so, when something is written', async t => {
  const notices = (version: string) =>
    decide(upstream(), factsOn(version, A)).notices.map(notice => notice.reason)
  t.strictSame(notices('1.3.19'), ['AlpnNotSent'])
  t.strictSame(notices('1.3.20'), [])
})

t.test('without an annotation for it, the only mesh is the mesh', async t => {
  t.match(decide(upstream(), facts(A)).finding.message, 'mesh team-a.istio')
  t.match(decide(upstream(), facts()), { finding: { reason: 'NoMeshConfigured' } })
})

t.test('asked to leave nothing, it leaves nothing of ours', async t => {
  const write = requestOf(enabled()) as Write
  t.match(withdrawUpstream(write, facts(A), finding('UninjectAsked', {})), {
    finding: { reason: 'MtlsRemoved' },
    notices: [],
  })
})
