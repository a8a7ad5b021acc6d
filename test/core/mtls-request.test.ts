import { t } from 'tap'
import { fieldAt, withValue } from '../../src/core/json.ts'
import { type MtlsAnswer, requestMtls, withdrawRequest } from '../../src/core/mtls-request.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import { facts, factsOn, gloo, mesh, upstream } from '../harness/build.ts'
import {
  applied,
  carrierOn,
  live,
  namespace,
  pod,
  podInMesh,
  proxyOn,
  seen,
  service,
  settled,
} from '../harness/cluster.ts'

const REF = 'team-a.istio'
const [A, B] = [mesh(REF), mesh('team-b.istio')]
const KNOWN = facts(A)
const BOTH = facts(A, B)
const [MTLS, MESH] = ['gloo-istio.io/mtls', 'gloo-istio.io/mesh']
const TIME = '2026-01-01T00:00:00Z'
/** As people and controllers make them: without annotations. */
const PLAIN = upstream({ metadata: { name: 'default-details-9080', namespace: 'gloo-system' } })
const THEIRS = withSslConfig(PLAIN, { secretRef: { name: 'theirs' } })
const ask = (object: JsonObject, known: Facts, reference = REF) =>
  requestMtls(object, reference, known, TIME)
const done = (object: JsonObject, { change }: MtlsAnswer) => applied(object, change.patch)
const set = (object: JsonObject, known: Facts, reference = REF) =>
  done(object, ask(object, known, reference))
const annotationsOf = (object: JsonObject) => fieldAt(object, 'metadata', 'annotations')
const reasonsOf = ({ findings }: MtlsAnswer) => findings.map(({ reason }) => reason).join(' ')
const marked = (object: JsonObject) => withValue(object, ['metadata', 'annotations', 'x'], '1')

// Upstream | facts | mesh | how it stands then | reasons
const asked: readonly [string, JsonObject, Facts, string, string, string][] = [
  ['a plain one', PLAIN, KNOWN, REF, 'on', 'MtlsEnabled SelectedByAnnotation AlpnNotSent'],
  ['one that is on', set(PLAIN, KNOWN), KNOWN, REF, 'on', 'AlreadyEnabled SelectedByAnnotation'],
  [
    'one that is on by another mesh',
    set(PLAIN, BOTH, 'team-b.istio'),
    BOTH,
    REF,
    'on',
    'MtlsEnabled SelectedByAnnotation AlpnNotSent',
  ],
  [
    'one whose proxy is not ready',
    PLAIN,
    live(KNOWN, proxyOn('1.0.0')),
    REF,
    'waiting',
    'WaitingForProxy SelectedByAnnotation',
  ],
  [
    'one whose proxy is ready',
    PLAIN,
    live(KNOWN, carrierOn('1.0.0', KNOWN)),
    REF,
    'on',
    'MtlsEnabled SelectedByAnnotation AlpnNotSent',
  ],
  [
    'one that the stage holds back',
    PLAIN,
    { ...KNOWN, stage: 'observe' },
    REF,
    'observed',
    'MtlsEnabled StageObserve SelectedByAnnotation AlpnNotSent',
  ],
  ['a mesh that is not known', PLAIN, KNOWN, 'team-c.istio', 'refused', 'UnknownMesh'],
  ['what is no mesh', PLAIN, KNOWN, 'istio', 'refused', 'MalformedMeshReference'],
  ['an sslConfig of somebody', THEIRS, KNOWN, REF, 'refused', 'SslConfigKept'],
  ['a mesh of no mode', PLAIN, factsOn('1.9.8', A), REF, 'refused', 'BootstrapClusterMissing'],
  [
    'auto-mTLS that is on',
    PLAIN,
    { ...KNOWN, gloo: gloo({ autoMtls: 'enabled' }) },
    REF,
    'refused',
    'AutoMtlsOn',
  ],
  [
    'a destination outside',
    { ...PLAIN, spec: { static: { hosts: [{ addr: 'www.example.com', port: 443 }] } } },
    KNOWN,
    REF,
    'refused',
    'DestinationNotInMesh',
  ],
  ['pods without any sidecar', PLAIN, seen(KNOWN, service(), pod()), REF, 'refused', 'NoSidecars'],
  [
    'the same before its proxy is ready',
    PLAIN,
    live(KNOWN, service(), pod(), proxyOn('1.0.0')),
    REF,
    'refused',
    'NoSidecars',
  ],
  [
    'pods of which some have one',
    PLAIN,
    seen(KNOWN, service(), pod(), podInMesh({ name: 'details-2' })),
    REF,
    'on',
    'MtlsEnabled SelectedByAnnotation SidecarsMissing AlpnNotSent',
  ],
  [
    'one that is on and lost all sidecars',
    set(PLAIN, KNOWN),
    seen(KNOWN, service(), pod()),
    REF,
    'on',
    'AlreadyEnabled SelectedByAnnotation SidecarsMissing',
  ],
]
for (const [title, object, known, reference, standing, reasons] of asked)
  t.test(`asked for mutual TLS: ${title}: ${standing}`, async t => {
    const answer = ask(object, known, reference)
    t.equal(answer.standing, standing)
    t.equal(reasonsOf(answer), reasons)
    if (standing === 'refused') t.strictSame(answer.change.patch, [])
    else t.match(annotationsOf(done(object, answer)), { [MTLS]: 'enabled', [MESH]: reference })
  })

t.test('annotations and sslConfig are one write, after which nothing is to do', async t => {
  const answer = ask(PLAIN, KNOWN)
  t.match(answer, { mesh: REF, mode: 'citadel-files' })
  t.strictSame(answer.change.patch.map(({ path }) => path).toSorted(), [
    '/metadata/annotations',
    '/spec/sslConfig',
  ])
  const after = done(PLAIN, answer)
  t.match(annotationsOf(after), { 'gloo-istio.io/injected': new RegExp(TIME) })
  t.strictSame(ask(after, KNOWN).change.patch, [])
  t.equal(settled(after, KNOWN), after, 'and the webhook has nothing to add')
})

t.test('before its proxy is ready, only the annotations are written', async t => {
  const after = set(PLAIN, live(KNOWN, proxyOn('1.0.0')))
  t.strictSame(annotationsOf(after), { [MTLS]: 'enabled', [MESH]: REF })
  t.notOk(viewUpstream(after).sslConfig)
})

t.test('an Upstream keeps its mesh until the proxy carries the other', async t => {
  const on = set(PLAIN, BOTH, 'team-b.istio')
  const proxy = carrierOn('1.0.0', facts(B))
  const answer = ask(on, live(BOTH, proxy))
  t.equal(answer.standing, 'waiting')
  t.strictSame(viewUpstream(done(on, answer)).sslConfig, viewUpstream(on).sslConfig)
})

t.test('a mesh that is refused names what is known, by the flag', async t => {
  const { findings, mode } = ask(PLAIN, BOTH, 'x.y')
  t.equal(
    findings[0]?.message,
    '--target-mesh: mesh "x.y" is not known; known: team-a.istio, team-b.istio',
  )
  t.equal(mode, '')
  t.equal(ask(PLAIN, factsOn(undefined, A)).mode, '')
})

const ON = set(PLAIN, KNOWN)
const LABELLED = seen(KNOWN, namespace('default', { [MTLS]: 'enabled' }))
const BY_LABEL = settled(PLAIN, LABELLED)
const withdraw = (object: JsonObject, known: Facts, optOut = false) =>
  withdrawRequest(object, known, { optOut })

// Upstream | facts | opt out | how it stands then | reasons
const withdrawn: readonly [string, JsonObject, Facts, boolean, string, string][] = [
  ['one that is on', ON, KNOWN, false, 'off', 'MtlsRemoved'],
  ['one that never was', PLAIN, KNOWN, false, 'off', 'NotSelected'],
  ['one that waits', set(PLAIN, live(KNOWN, proxyOn('1.0.0'))), KNOWN, false, 'off', 'NotSelected'],
  [
    'one that the stage holds back',
    ON,
    { ...KNOWN, stage: 'observe' },
    false,
    'observed',
    'MtlsRemoved StageObserve',
  ],
  [
    'one that a label selects, too',
    ON,
    LABELLED,
    false,
    'selected',
    'SelectedByNamespace AlreadyEnabled',
  ],
  ['the same, opted out', ON, LABELLED, true, 'off', 'MtlsRemoved'],
  [
    'one that only a label selects',
    BY_LABEL,
    LABELLED,
    false,
    'selected',
    'SelectedByNamespace AlreadyEnabled',
  ],
  [
    'one whose Service is unclear',
    ON,
    seen(KNOWN, service({ annotations: { [MTLS]: 'yes' } })),
    false,
    'selected',
    'InvalidSelection',
  ],
  ['an sslConfig of somebody', THEIRS, KNOWN, false, 'kept', 'NotSelected'],
  ['the same, opted out', THEIRS, KNOWN, true, 'kept', 'OptedOut'],
  [
    'one like ours that bears no mark',
    withValue(ON, ['metadata'], PLAIN['metadata']),
    KNOWN,
    false,
    'kept',
    'NotSelected SslConfigUnmarked',
  ],
  [
    'the same, opted out',
    withValue(ON, ['metadata'], PLAIN['metadata']),
    KNOWN,
    true,
    'off',
    'MtlsRemoved',
  ],
]
for (const [title, object, known, optOut, standing, reasons] of withdrawn)
  t.test(`asked to be off: ${title}: ${standing}`, async t => {
    const answer = withdraw(object, known, optOut)
    t.equal(answer.standing, standing)
    t.equal(reasonsOf(answer), reasons)
    t.match(answer, { mesh: '', mode: '' })
    const annotations = annotationsOf(done(object, answer)) as JsonObject | undefined
    t.equal(annotations?.[MTLS], optOut ? 'disabled' : undefined)
    t.equal(annotations?.[MESH], undefined)
  })

t.test('what was set is taken back to the byte', async t => {
  t.strictSame(done(ON, withdraw(ON, KNOWN)), PLAIN)
  const own = marked(PLAIN)
  t.strictSame(done(set(own, KNOWN), withdraw(set(own, KNOWN), KNOWN)), own)
  const both = set(BY_LABEL, LABELLED)
  t.strictSame(done(both, withdraw(both, LABELLED)), BY_LABEL, 'also on top of a label')
})
