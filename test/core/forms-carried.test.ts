import { t } from 'tap'
import { carriesAll, lossOf } from '../../src/core/forms-carried.ts'
import { field, withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import { ENABLED, factsOn, mesh, upstream } from '../harness/build.ts'
import { carrierOn, live, proxyOn, settled } from '../harness/cluster.ts'
import { ENVOY, gatewayProxy } from '../harness/workloads.ts'

const GLOO = '1.17.3'
const MESH = mesh('istio-system.istio', { istioVersion: '1.22.3' })
const FACTS = factsOn(GLOO, MESH)
const PLAIN = proxyOn(GLOO)
const CARRIER = carrierOn(GLOO, FACTS)

/** As Gloo's own chart and glooctl leave a proxy. */
const SIDECARS = proxyOn(GLOO, {
  containers: [
    { ...ENVOY, image: `quay.io/solo-io/gloo-envoy-wrapper:${GLOO}` },
    { name: 'sds', env: [{ name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' }] },
    { name: 'istio-proxy' },
  ],
})

t.test('a proxy carries all that it asks for, whoever brought it there', async t => {
  t.ok(carriesAll(CARRIER, FACTS))
  t.ok(carriesAll(SIDECARS, FACTS))
  t.notOk(carriesAll(PLAIN, FACTS))
  t.notOk(carriesAll(CARRIER, factsOn(GLOO)), 'of no mesh there is nothing to carry')
  t.notOk(carriesAll(gatewayProxy({ labels: {} }), FACTS), 'nor in what is no proxy')
})

const ON = settled(upstream({}, ENABLED), live(FACTS, CARRIER))
const { sslConfig } = viewUpstream(ON)
const named = (object: JsonObject, name: string) => withValue(object, ['metadata', 'name'], name)
const bare = (name: string, config: unknown) =>
  withSslConfig(named(upstream({}, {}), name), config as JsonObject)
const glooctl = bare('glooctl', {
  alpnProtocols: ['istio'],
  sds: { ...(field(sslConfig, 'sds') as JsonObject), clusterName: 'gateway_proxy_sds' },
})
const snake = bare('snake', {
  sds: { target_uri: '127.0.0.1:8234', certificates_secret_name: 'istio_server_cert' },
})
const many = (count: number) => Array.from({ length: count }, (_, at) => named(ON, `u${at}`))

// Upstreams | who would lose their certificates
const cases: readonly [string, readonly JsonObject[], string | undefined][] = [
  ['none', [], undefined],
  ['one of ours', [ON], 'gloo-system/default-details-9080'],
  ['one of glooctl', [glooctl], 'gloo-system/glooctl'],
  ['one in snake case', [snake], 'gloo-system/snake'],
  ['one with certificates of another place', [bare('a', { secretRef: { name: 'x' } })], undefined],
  ['one without', [upstream()], undefined],
  ['many', many(7), `${[0, 1, 2, 3, 4].map(at => `gloo-system/u${at}`).join(', ')}, 2 more`],
]
for (const [title, upstreams, expected] of cases)
  t.test(`of Upstreams that ask for them, ${title}`, async t => {
    const found = lossOf(CARRIER, PLAIN, live(FACTS, CARRIER, ...upstreams))
    t.equal(found?.reason, expected && 'StillUsed')
    t.equal(found?.message, expected && `kept until Upstreams have let go of it: ${expected}`)
  })

t.test('nothing is lost where nothing is gone, or nobody looks', async t => {
  const known = live(FACTS, CARRIER, ON)
  t.equal(lossOf(CARRIER, CARRIER, known), undefined)
  t.equal(lossOf(PLAIN, PLAIN, known), undefined)
  t.equal(lossOf(SIDECARS, SIDECARS, known), undefined, 'sidecars of others stay')
  t.equal(lossOf(CARRIER, PLAIN, FACTS), undefined)
  const spared = { annotations: { 'gloo-istio.io/interlock': 'disabled' } }
  const aside = carrierOn(GLOO, FACTS, spared)
  t.equal(lossOf(aside, proxyOn(GLOO, spared), live(FACTS, aside, ON)), undefined)
})

t.test('what was injected for an Istio of before counts by the mark of its Upstreams', async t => {
  const now = factsOn(GLOO, { ...MESH, istioVersion: '1.23.0' })
  t.match(lossOf(CARRIER, PLAIN, live(now, CARRIER, ON))?.reason, 'StillUsed')
  t.equal(lossOf(CARRIER, PLAIN, live(now, CARRIER, glooctl)), undefined)
})
