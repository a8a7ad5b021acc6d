import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import { meshesCarried } from '../../src/core/meshes-carried.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { factsOn, mesh } from '../harness/build.ts'
import { carrierOn, live, proxyOn } from '../harness/cluster.ts'

const GLOO = '1.22.1'
const A = mesh('team-a.istio', { istioVersion: '1.22.3' })
const B = mesh('team-b.istio', { istioVersion: '1.22.3' })
const OLD = mesh('team-o.istio', { istioVersion: '0.8' })
const FILES = factsOn(GLOO, A)
const LIVE = live(FILES)
const CARRIER = carrierOn(GLOO, FILES)
const annotated = (proxy: JsonObject, key: string, value: string) =>
  withValue(proxy, ['metadata', 'annotations', `gloo-istio.io/${key}`], value)
const scaledToZero = (proxy: JsonObject) => withValue(proxy, ['spec', 'replicas'], 0)
const rolling = (proxy: JsonObject) => ({ ...proxy, status: {} })

// proxy | facts | state | reason | message
const cases: readonly [string, JsonObject, Facts, string, string, RegExp][] = [
  ['carries it', CARRIER, LIVE, 'carried', 'AlreadyMounted', /team-a\.istio \(istio-agent\)$/],
  ['is not injected', proxyOn(GLOO), LIVE, 'waiting', 'WaitingForProxy', /not been injected yet$/],
  [
    'is rolling out',
    rolling(CARRIER),
    LIVE,
    'waiting',
    'WaitingForProxy',
    /rollout is not finished/,
  ],
  ['is rolling out, of a file', rolling(CARRIER), FILES, 'carried', 'AlreadyMounted', /./],
  [
    'is not injected, of a file',
    proxyOn(GLOO),
    FILES,
    'waiting',
    'WaitingForProxy',
    /injected yet/,
  ],
  ['has no pods', scaledToZero(proxyOn(GLOO)), LIVE, 'waiting', 'WaitingForProxy', /injected yet/],
  ['has no pods and is ready', scaledToZero(CARRIER), LIVE, 'carried', 'AlreadyMounted', /./],
  [
    'is not injected, whatever the stage',
    proxyOn(GLOO),
    { ...LIVE, stage: 'observe' },
    'waiting',
    'WaitingForProxy',
    /./,
  ],
  [
    'opted out',
    annotated(proxyOn(GLOO), 'inject', 'disabled'),
    LIVE,
    'left out',
    'WaitingForProxy',
    /gloo-istio\.io\/inject is "disabled"$/,
  ],
  [
    'asks for others only',
    annotated(proxyOn(GLOO), 'meshes', 'x.y'),
    LIVE,
    'left out',
    'WaitingForProxy',
    /gloo-istio\.io\/meshes leaves it out$/,
  ],
  [
    'has a whole sidecar',
    proxyOn(GLOO, { templateLabels: { 'sidecar.istio.io/inject': 'true' } }),
    LIVE,
    'left out',
    'WaitingForProxy',
    /encrypts already$/,
  ],
  ['fits no mode', proxyOn(GLOO), live(factsOn(GLOO, OLD)), 'refused', 'NoModeFits', /Istio 0\.8/],
]
for (const [title, proxy, known, state, reason, message] of cases)
  t.test(`a proxy that ${title}: ${state}`, async t =>
    t.match(meshesCarried(proxy, known), [{ state, reason, message }]),
  )

t.test('each mesh is told of, in the order of the configuration', async t => {
  const both = live(factsOn(GLOO, A, B, OLD))
  t.match(meshesCarried(CARRIER, both), [
    { mesh: 'team-a.istio', mode: 'istio-agent', state: 'carried' },
    { mesh: 'team-b.istio', mode: 'istio-agent', state: 'waiting' },
    { mesh: 'team-o.istio', mode: '', state: 'refused' },
  ])
  t.strictSame(meshesCarried(CARRIER, live(factsOn(GLOO))), [])
})
