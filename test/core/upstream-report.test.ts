import { t } from 'tap'
import { planOf } from '../../src/core/plan.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import { reportOn, type Standing } from '../../src/core/upstream-report.ts'
import { ENABLED, factsOn, mesh, upstream } from '../harness/build.ts'
import { applied, carrierOn, live, namespace, proxyOn, seen, settled } from '../harness/cluster.ts'

const FACTS = factsOn('1.22.1', mesh('team-a.istio', { istioVersion: '1.22.3' }))
const ON = settled(upstream(), FACTS)
const OURS = viewUpstream(ON).sslConfig as JsonObject
const PLAIN = upstream({}, {})
const theirs = withSslConfig(PLAIN, { sni: 'mine.example.com' })
const discovered = (object: JsonObject): JsonObject => ({
  ...object,
  metadata: {
    ...(object['metadata'] as JsonObject),
    labels: { discovered_by: 'kubernetesplugin' },
  },
})

// Upstream | facts | how it stands | reason
const cases: readonly [string, JsonObject, Facts, Standing, string][] = [
  ['on', ON, FACTS, 'mtls', 'AlreadyEnabled'],
  [
    'on, without its mark',
    discovered(withSslConfig(upstream(), OURS)),
    FACTS,
    'mtls',
    'MarkRestored',
  ],
  ['about to be switched on', upstream(), FACTS, 'pending', 'MtlsEnabled'],
  ['about to be switched off', ON, { ...FACTS, meshes: [] }, 'pending', 'MtlsRemoved'],
  ['waiting', upstream(), live(FACTS, proxyOn('1.22.1')), 'waiting', 'WaitingForProxy'],
  ['not selected', PLAIN, FACTS, 'plain', 'NotSelected'],
  ['not selected, with a config of a person', theirs, FACTS, 'kept', 'NotSelected'],
  [
    'selected, with a config of a person',
    withSslConfig(upstream(), { secretRef: { name: 'a' } }),
    FACTS,
    'kept',
    'SslConfigKept',
  ],
  [
    'changed by a person',
    withSslConfig(ON, { ...OURS, sni: 'x' }),
    FACTS,
    'kept',
    'SslConfigChanged',
  ],
  [
    'selected by a slip',
    upstream({}, { 'gloo-istio.io/mtls': 'yes' }),
    FACTS,
    'refused',
    'InvalidAnnotation',
  ],
  ['without a mesh', upstream(), { ...FACTS, meshes: [] }, 'refused', 'NoMeshConfigured'],
]
for (const [title, object, known, standing, reason] of cases)
  t.test(`an Upstream that is ${title} stands ${standing}`, async t =>
    t.match(reportOn(object, known), { standing, reason }),
  )

t.test('a report has all there is to say', async t => {
  const label = namespace('default', { 'gloo-istio.io/mtls': 'enabled' })
  const known = live(FACTS, label, carrierOn('1.22.1', FACTS))
  const on = applied(PLAIN, planOf(PLAIN, known, '2026-01-01T00:00:00Z').patch)
  const report = reportOn(on, known)
  t.match(report, {
    namespace: 'gloo-system',
    name: 'default-details-9080',
    destination: 'default/details:9080',
    standing: 'mtls',
    message: /^spec.sslConfig holds the certificates of mesh team-a.istio$/,
    mesh: 'team-a.istio',
    mode: 'istio-agent',
    since: '2026-01-01T00:00:00Z',
    by: 'destination namespace',
    patch: [],
  })
  t.strictSame(
    report.findings.map(({ reason }) => reason),
    ['AlreadyEnabled', 'SelectedByNamespace'],
  )
  t.equal(report.rules.length, 5)
})

t.test('what is not meant to have mutual TLS has no mesh and no mode', async t =>
  t.match(reportOn(PLAIN, FACTS), { mesh: '', mode: '', since: '', by: '', patch: [] }),
)

t.test('nor has one whose mesh or form cannot be told', async t => {
  t.match(reportOn(upstream(), { ...FACTS, meshes: [] }), { mesh: '', mode: '', by: 'Upstream' })
  const untold = factsOn(undefined, ...FACTS.meshes)
  t.match(reportOn(upstream(), untold), { mesh: 'team-a.istio', mode: '', standing: 'refused' })
})

// spec | where it leads to
const destinations: readonly [JsonObject, string][] = [
  [{ static: { hosts: [{ addr: 'a.b.svc', port: 80 }, { addr: 'c.d.svc' }] } }, 'b/a:80, d/c'],
  [{ aws: {} }, ''],
]
for (const [spec, destination] of destinations)
  t.test(`the destination of ${JSON.stringify(spec)} is ${destination || 'no Service'}`, async t =>
    t.equal(reportOn(upstream({ spec }, ENABLED), seen(FACTS)).destination, destination),
  )
