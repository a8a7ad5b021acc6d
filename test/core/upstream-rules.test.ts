import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import type { Facts, Gloo, JsonObject, Mesh } from '../../src/core/types.ts'
import { withSslConfig } from '../../src/core/upstream.ts'
import { decideUpstream } from '../../src/core/upstream-rules.ts'
import { ENABLED, facts, factsOn, gloo, mesh, requestOf, upstream } from '../harness/build.ts'
import { namespace, seen, service, settled } from '../harness/cluster.ts'

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
  [{}, { spec: { sslConfig: OURS } }, 'NotSelected'],
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
  [of('team-n.istio'), {}, 'NoModeFits'],
  [of('team-u.istio'), {}, 'IstioVersionUnknown'],
  [ON_A, { spec: { sslConfig: {} } }, 'SslConfigKept'],
  [ON_A, { spec: { sslConfig: OURS } }, 'AlreadyEnabled'],
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
const gloos: readonly [string, Partial<Gloo>, string, string][] = [
  ['of unknown version', { version: undefined }, 'GlooVersionUnknown', 'GlooVersionUnknown'],
  ['of a vague version', { version: '1.9' }, 'GlooVersionVague', 'GlooVersionVague'],
  ['beside a whole sidecar', { sidecarOnGateway: true }, 'SidecarOnGateway', 'MtlsRemoved'],
  ['with auto-mTLS', { autoMtls: 'enabled' }, 'AutoMtlsOn', 'MtlsRemoved'],
  ['with auto-mTLS that gives way', { autoMtls: 'overridden' }, 'MtlsEnabled', 'AlreadyEnabled'],
  [
    'without the cluster',
    { version: '1.9.8' },
    'BootstrapClusterMissing',
    'BootstrapClusterMissing',
  ],
  ['with the cluster', { version: '1.9.8', bootstrapCluster: true }, 'MtlsEnabled', 'MtlsEnabled'],
  ['that needs no cluster', { version: '1.12.4' }, 'MtlsEnabled', 'MtlsEnabled'],
]
for (const [title, more, fresh, ours] of gloos)
  t.test(`a Gloo ${title} is ${fresh}, and ${ours} for what we wrote before`, async t => {
    const known = { ...facts(A), gloo: gloo(more) }
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
const enabled = (known: Facts = facts(A)) => settled(upstream(), known)
const unselected = (object: JsonObject): JsonObject => ({
  ...upstream({}, {}),
  spec: object['spec'],
})

t.test('a mesh that is not configured any more takes what we wrote along', async t => {
  const object = enabled()
  t.match(decide(object, facts()).finding, {
    reason: 'MtlsRemoved',
    message: /mesh team-a.istio is not configured any more/,
  })
  t.equal(decide(unselected(object), facts(), object).finding.reason, 'MtlsRemoved')
  t.equal(decide(unselected(object), facts()).finding.reason, 'NotSelected', 'unmarked')
})

t.test('a mesh that was found, and is away, leaves what we wrote', async t => {
  const found = { ...facts(), meshesAreTold: false }
  t.equal(decide(enabled(), found).finding.reason, 'NoMeshConfigured')
  const another = { ...facts(mesh('team-b.istio')), meshesAreTold: false }
  t.equal(decide(settled(upstream({}, ON_A), facts(A)), another).finding.reason, 'UnknownMesh')
})

const withLabel = (value: string): Facts =>
  seen(facts(A), service(), namespace('default', { 'gloo-istio.io/mtls': value }))

t.test('what nobody selects any more is taken back by its mark, and by that alone', async t => {
  const object = settled(upstream({}, {}), withLabel('enabled'))
  const left = decide(object, seen(facts(A), service(), namespace('default')))
  t.match(left.finding, { reason: 'MtlsRemoved', message: /no annotation, label or default/ })
  t.match(decide(unselected(object), facts(A)), {
    kind: 'skip',
    finding: { reason: 'NotSelected' },
    notices: [{ reason: 'SslConfigUnmarked' }],
  })
})

t.test('a label that says no takes back what we wrote, with a mark or without', async t => {
  const object = settled(upstream({}, {}), withLabel('enabled'))
  for (const found of [object, unselected(object)])
    t.match(decide(found, withLabel('disabled')).finding, {
      reason: 'MtlsRemoved',
      message: /label gloo-istio.io\/mtls of namespace default is "disabled"$/,
    })
  t.equal(decide(object, withLabel('yes')).finding.reason, 'InvalidSelection', 'a slip does not')
})

t.test('a reference that is a slip leaves what we wrote', async t => {
  const object = settled(upstream({}, ON_A), facts(A))
  const metadata = object['metadata'] as JsonObject
  const annotations = { ...(metadata['annotations'] as JsonObject), 'gloo-istio.io/mesh': 'x.y' }
  t.equal(
    decide({ ...object, metadata: { ...metadata, annotations } }).finding.reason,
    'UnknownMesh',
  )
})

t.test('what somebody changed inside our block is theirs, and is said', async t => {
  const object = withSslConfig(enabled(), { ...OURS, sni: 'mine.example.com' })
  t.equal(decide(object).finding.reason, 'AmbiguousMesh')
  t.equal(decide(object, facts(A)).finding.reason, 'SslConfigChanged')
  t.equal(decide(object, facts()).finding.reason, 'NoMeshConfigured')
  const off = upstream({ spec: object['spec'] as JsonObject }, { 'gloo-istio.io/mtls': 'disabled' })
  t.equal(decide(off, facts(A), object).finding.reason, 'OptedOut')
})

const reasonsOf = (object: JsonObject, known: Facts): readonly string[] => {
  const { finding, notices } = decide(object, known)
  return [finding, ...notices].map(({ reason }) => reason)
}

t.test('a write that rests on old facts says so', async t => {
  const stale = (...meshes: readonly Mesh[]): Facts => ({
    ...factsOn('1.3.20', ...meshes),
    isStale: true,
  })
  t.strictSame(reasonsOf(upstream(), stale(A)), [
    'MtlsEnabled',
    'SelectedByAnnotation',
    'FactsStale',
  ])
  t.strictSame(reasonsOf(enabled(factsOn('1.3.20', A)), stale()), ['MtlsRemoved', 'FactsStale'])
  t.strictSame(reasonsOf(enabled(factsOn('1.3.20', A)), stale(A)), [
    'AlreadyEnabled',
    'SelectedByAnnotation',
  ])
})
