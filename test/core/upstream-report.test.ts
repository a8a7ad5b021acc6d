import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { withSslConfig } from '../../src/core/upstream.ts'
import { reportOn, type Standing } from '../../src/core/upstream-report.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { live, namespace, proxyOn, seen, service, settled } from '../harness/cluster.ts'

const MTLS = 'gloo-istio.io/mtls'
const MESH = mesh('istio-system.istio')
const KNOWN = facts(MESH)
const OBSERVED: Facts = { ...KNOWN, stage: 'observe' }
const PLAIN = upstream({}, {})
const ON = settled(upstream(), KNOWN)
const annotated = (object: JsonObject, key: string, value: string) =>
  withValue(object, ['metadata', 'annotations', key], value)
const theirs = (object: JsonObject) => withSslConfig(object, { secretRef: { name: 'mine' } })
const discovered = (object: JsonObject) =>
  withValue(object, ['metadata', 'labels'], { discovered_by: 'kubernetesplugin' })
const unmarked = (object: JsonObject) =>
  withValue(object, ['metadata', 'annotations'], { [MTLS]: 'enabled' })
const unselected = (object: JsonObject) => withValue(object, ['metadata', 'annotations'], {})

// Upstream | facts | how it stands | reason
const cases: readonly [string, JsonObject, Facts, Standing, string][] = [
  ['is not selected', PLAIN, KNOWN, 'plain', 'NotSelected'],
  ['opted out', upstream({}, { [MTLS]: 'disabled' }), KNOWN, 'plain', 'OptedOut'],
  ['is to be switched on', upstream(), KNOWN, 'pending', 'MtlsEnabled'],
  ['is to be switched off', annotated(ON, MTLS, 'disabled'), KNOWN, 'pending', 'MtlsRemoved'],
  ['would be switched on', upstream(), OBSERVED, 'observed', 'MtlsEnabled'],
  ['would be switched off', annotated(ON, MTLS, 'disabled'), OBSERVED, 'observed', 'MtlsRemoved'],
  ['would have its mark back', discovered(unmarked(ON)), OBSERVED, 'mtls', 'MarkRestored'],
  ['is on, whatever the stage', ON, OBSERVED, 'mtls', 'AlreadyEnabled'],
  ['is on', ON, KNOWN, 'mtls', 'AlreadyEnabled'],
  ['is on, as somebody wrote it by hand', unmarked(ON), KNOWN, 'mtls', 'AlreadyEnabled'],
  ['is on, but lost its mark', discovered(unmarked(ON)), KNOWN, 'mtls', 'MarkRestored'],
  ['waits for a proxy', upstream(), live(KNOWN, proxyOn('1.0.0')), 'waiting', 'WaitingForProxy'],
  ['has an sslConfig of somebody else', theirs(upstream()), KNOWN, 'kept', 'SslConfigKept'],
  ['was changed by somebody', theirs(ON), KNOWN, 'kept', 'SslConfigChanged'],
  ['is not selected and has one of somebody', theirs(PLAIN), KNOWN, 'kept', 'NotSelected'],
  ['is not selected and looks like ours', unselected(ON), KNOWN, 'kept', 'NotSelected'],
  ['has a slip', upstream({}, { [MTLS]: 'yes' }), KNOWN, 'refused', 'InvalidAnnotation'],
  ['has no mesh', upstream(), facts(), 'refused', 'NoMeshConfigured'],
]
for (const [title, object, known, standing, reason] of cases)
  t.test(`an Upstream that ${title} is ${standing}`, async t =>
    t.match(reportOn(object, known), { standing, reason }),
  )

t.test('a report on what is on says all there is to say', async t => {
  const on = settled(upstream(), KNOWN)
  const since = '2026-01-01T00:00:00Z'
  const injected = JSON.stringify({ mesh: 'istio-system.istio', since })
  const report = reportOn(annotated(on, 'gloo-istio.io/injected', injected), KNOWN)
  t.match(report, {
    namespace: 'gloo-system',
    name: 'default-details-9080',
    destination: 'default/details:9080',
    standing: 'mtls',
    message: 'spec.sslConfig holds the certificates of mesh istio-system.istio',
    mesh: 'istio-system.istio',
    mode: 'citadel-files',
    since,
    by: 'Upstream',
    patch: [],
  })
  t.strictSame(
    report.rules.map(({ rule }) => rule),
    ['Upstream', 'Service', 'destination namespace', 'own namespace', 'cluster default'],
  )
  t.equal(report.findings[0]?.reason, 'AlreadyEnabled', 'what decided comes first')
})

t.test('a report on what is plain names no mesh and no mode', async t => {
  t.match(reportOn(PLAIN, KNOWN), { mesh: '', mode: '', since: '', by: '' })
  t.match(reportOn(theirs(PLAIN), KNOWN), { mesh: 'istio-system.istio', mode: 'citadel-files' })
})

t.test('a report names no mesh where none can be told, and no mode where none fits', async t => {
  t.match(reportOn(upstream(), facts(MESH, mesh('a.b'))), {
    reason: 'AmbiguousMesh',
    mesh: '',
    mode: '',
  })
  t.match(reportOn(upstream(), facts({ ...MESH, istioVersion: '1.22.3' })), {
    reason: 'NoModeFits',
    mesh: 'istio-system.istio',
    mode: '',
  })
})

t.test('what is to be written is in it, and what would be', async t => {
  const { patch } = reportOn(upstream(), KNOWN)
  t.ok(patch.some(({ path }) => path === '/spec/sslConfig'))
  t.strictSame(reportOn(upstream(), OBSERVED).patch, patch)
})

t.test('the rule that spoke is named', async t => {
  const labelled = seen(KNOWN, namespace('default', { [MTLS]: 'enabled' }))
  t.equal(reportOn(PLAIN, labelled).by, 'destination namespace')
  const annotatedService = service({ annotations: { [MTLS]: 'enabled' } })
  t.equal(reportOn(PLAIN, seen(KNOWN, annotatedService)).by, 'Service')
})

const hosts = (...found: readonly JsonObject[]) => upstream({ spec: { static: { hosts: found } } })
const kube = { serviceName: 'details', serviceNamespace: 'default' }
// Upstream | destination
const destinations: readonly [string, JsonObject, string][] = [
  ['without a port', upstream({ spec: { kube } }), 'default/details'],
  [
    'with two hosts',
    hosts({ addr: 'a.default.svc', port: 80 }, { addr: 'b.other.svc', port: 81 }),
    'default/a:80, other/b:81',
  ],
  ['to the outside', hosts({ addr: 'www.example.com', port: 443 }), ''],
]
for (const [title, object, destination] of destinations)
  t.test(`an Upstream ${title} leads to "${destination}"`, async t =>
    t.equal(reportOn(object, KNOWN).destination, destination),
  )
