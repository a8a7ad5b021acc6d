import { t } from 'tap'
import { type ChangeByName, injectByName, uninjectByName } from '../../src/core/change-by-name.ts'
import { fieldAt, withValue } from '../../src/core/json.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { withSslConfig } from '../../src/core/upstream.ts'
import { ENABLED, factsOn, mesh, upstream } from '../harness/build.ts'
import { applied, carrierOn, live, proxyOn, settled } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const GLOO = '1.17.3'
const FACTS = factsOn(GLOO, mesh('istio-system.istio', { istioVersion: '1.22.3' }))
const optOut = (word: string) => ({ annotations: { 'gloo-istio.io/inject': word } })
const PLAIN = proxyOn(GLOO)
const CARRIER = carrierOn(GLOO, FACTS)
const OLD = factsOn('1.9.22', mesh('istio-system.istio', { istioVersion: '1.22.3' }))
const bootstrap = (text: string, annotations?: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    namespace: 'gloo-system',
    name: 'c',
    labels: { gloo: 'gateway-proxy' },
    ...(annotations && { annotations }),
  },
  data: { 'envoy.yaml': text },
})
const BOOTSTRAP = bootstrap('static_resources:\n  clusters:\n  - name: xds_cluster\n')

const injectOf = (object: JsonObject): unknown =>
  fieldAt(object, 'metadata', 'annotations', 'gloo-istio.io/inject')
const afterwards = ({ object, patch }: ChangeByName) => applied(object, patch)
const inject = (object: JsonObject, known: Facts = FACTS) => injectByName(object, known)
const uninject = (object: JsonObject, known: Facts = FACTS, isForced = false) =>
  uninjectByName(object, known, { isForced })

// object | facts | reason | what is written; undefined for a refusal
const injected: readonly [string, JsonObject, Facts, string, 'all' | 'nothing' | undefined][] = [
  ['a plain proxy', PLAIN, FACTS, 'CertificatesMounted', 'all'],
  [
    'a proxy that opted out',
    proxyOn(GLOO, optOut('disabled')),
    FACTS,
    'CertificatesMounted',
    'all',
  ],
  ['a proxy with a slip', proxyOn(GLOO, optOut('no')), FACTS, 'InvalidAnnotation', undefined],
  ['a proxy that carries all', CARRIER, FACTS, 'AlreadyMounted', 'nothing'],
  [
    'a proxy that carries all, of which a version is told that differs',
    CARRIER,
    { ...FACTS, gloo: { ...FACTS.gloo, version: '1.17.4' } },
    'GlooVersionDiffers',
    'nothing',
  ],
  [
    'a proxy of which nothing is known',
    gatewayProxy(),
    factsOn(undefined, ...FACTS.meshes),
    'GlooVersionUnknown',
    undefined,
  ],
  ['a proxy, and no mesh', PLAIN, factsOn(GLOO), 'NothingToMount', undefined],
  [
    'a proxy with a whole sidecar',
    proxyOn(GLOO, { templateLabels: { 'sidecar.istio.io/inject': 'true' } }),
    FACTS,
    'SidecarOnGateway',
    'nothing',
  ],
  [
    'what is no proxy',
    gatewayProxy({ labels: { gloo: 'gloo' }, containers: [] }),
    FACTS,
    'NotGatewayProxy',
    undefined,
  ],
  ['a bootstrap', BOOTSTRAP, OLD, 'BootstrapExtended', 'all'],
  ['a bootstrap that needs nothing', BOOTSTRAP, FACTS, 'BootstrapNotNeeded', 'nothing'],
  ['a bootstrap that cannot be read', bootstrap('a: ['), OLD, 'BootstrapUnreadable', undefined],
]
for (const [title, object, known, reason, written] of injected)
  t.test(`inject of ${title} is ${reason}`, async t => {
    const change = inject(object, known)
    t.equal(change.decision.finding.reason, reason)
    t.equal(change.isRefused, written === undefined)
    t.equal(change.patch.length > 0, written === 'all')
    t.strictSame(change.held, [])
  })

t.test('inject takes the opt-out back, also where nothing else is to do', async t => {
  const annotations = fieldAt(CARRIER, 'metadata', 'annotations') as JsonObject
  const optedOut = withValue(CARRIER, ['metadata', 'annotations'], {
    ...annotations,
    'gloo-istio.io/inject': 'disabled',
  })
  t.strictSame(afterwards(inject(optedOut)), CARRIER)
  t.strictSame(
    injectOf(afterwards(inject(proxyOn(GLOO, optOut('enabled'))))),
    'enabled',
    'what says the same as nothing stays',
  )
})

t.test('uninject leaves the proxy as it was, but opted out, and once more nothing', async t => {
  const change = uninject(CARRIER)
  t.equal(change.decision.finding.reason, 'CertificatesRemoved')
  t.notOk(change.isRefused)
  const after = afterwards(change)
  t.equal(injectOf(after), 'disabled')
  t.strictSame(after['spec'], PLAIN['spec'])
  t.strictSame(uninject(after).patch, [])
  t.strictSame(afterwards(inject(after))['spec'], CARRIER['spec'], 'and the way back')
})

t.test('a proxy that has nothing of ours is opted out all the same', async t => {
  const change = uninject(PLAIN)
  t.equal(change.decision.finding.reason, 'UninjectAsked')
  t.equal(injectOf(afterwards(change)), 'disabled')
})

t.test('a bootstrap is what it was, but opted out', async t => {
  const extended = afterwards(inject(BOOTSTRAP, OLD))
  t.match(JSON.stringify(extended), 'gateway_proxy_sds')
  const change = uninject(extended, live(OLD, extended))
  t.equal(change.decision.finding.reason, 'BootstrapRestored')
  t.strictSame(afterwards(change)['data'], BOOTSTRAP['data'])
  t.equal(injectOf(afterwards(change)), 'disabled')
})

t.test('what is no proxy is not opted out either', async t => {
  const change = uninject(gatewayProxy({ labels: { gloo: 'gloo' }, containers: [] }))
  t.match(change, { isRefused: true, patch: [] })
  t.equal(change.decision.finding.reason, 'NotGatewayProxy')
})

const ON = settled(upstream({}, ENABLED), live(FACTS, CARRIER))

t.test(
  'uninject is refused while Upstreams use what would be gone, unless it is forced',
  async t => {
    const known = live(FACTS, CARRIER, ON)
    const refused = uninject(CARRIER, known)
    t.match(refused, { isRefused: true, patch: [] })
    t.match(refused.decision.finding, {
      reason: 'StillUsed',
      message: /gloo-system\/default-details-9080$/,
    })
    const forced = uninject(CARRIER, known, true)
    t.notOk(forced.isRefused)
    t.equal(forced.decision.finding.reason, 'CertificatesRemoved')
    t.strictSame(
      forced.decision.notices.map(({ reason }) => reason),
      ['StillUsed'],
    )
    t.strictSame(afterwards(forced)['spec'], PLAIN['spec'])
    t.notOk(uninject(CARRIER, live(FACTS, CARRIER, withSslConfig(ON, undefined))).isRefused)
  },
)
