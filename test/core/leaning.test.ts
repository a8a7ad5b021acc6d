import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { type Form, formOf, isForm } from '../../src/core/form.ts'
import { withValue } from '../../src/core/json.ts'
import { leaningOn } from '../../src/core/leaning.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import { parseVersion } from '../../src/core/version.ts'
import { ENABLED, facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { live, seen, settled } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const [A, B] = [mesh('team-a.istio'), mesh('team-b.istio')]
const FACTS = facts(A, B)
const GLOO = parseVersion('1.0.0')
const FORMS: readonly Form[] = [A, B].map(found => formOf(FACTS, GLOO, found)).filter(isForm)
const [ON_A = [], ON_B = []] = FORMS.map(form => [form])

const named = (object: JsonObject, name: string, namespace = 'gloo-system') =>
  withValue(withValue(object, ['metadata', 'name'], name), ['metadata', 'namespace'], namespace)
const onMesh = (name: string, reference: string) =>
  settled(named(upstream({}, { ...ENABLED, 'gloo-istio.io/mesh': reference }), name), FACTS)
const a = onMesh('a', 'team-a.istio')
const ours = viewUpstream(a).sslConfig as JsonObject

const ask = (known: Facts, forms: readonly Form[], proxy: JsonObject = gatewayProxy()) =>
  leaningOn(requestOf(proxy) as Write, known, forms)

const byDiscovery = (sslConfig: JsonObject) =>
  withValue(withSslConfig(named(upstream({}, {}), 'a'), sslConfig), ['metadata', 'labels'], {
    discovered_by: 'kubernetesplugin',
  })

// Upstreams | what the proxy is left with | who would lose its certificates
const cases: readonly [string, readonly JsonObject[], readonly Form[], string | undefined][] = [
  ['one of the mesh that stays', [a], ON_A, undefined],
  ['one of the mesh that goes', [a], ON_B, 'a'],
  ['one, and all goes', [a], [], 'a'],
  ['one, and nothing goes', [a], FORMS, undefined],
  ['several', [a, onMesh('b', 'team-b.istio')], ON_B, 'a'],
  ['two', [a, named(a, 'b')], [], 'a, b'],
  ['four', [a, named(a, 'b'), named(a, 'c'), named(a, 'd')], [], 'a, b, 2 more'],
  ['one that is off', [named(upstream(), 'a')], [], undefined],
  ['one of somebody else', [withSslConfig(upstream({}, {}), ours)], [], undefined],
  ['one of discovery that lost its mark', [byDiscovery(ours)], [], 'a'],
  ['one of discovery and a person', [byDiscovery({ ...ours, sni: 'x' })], [], undefined],
  ['one that somebody changed', [withSslConfig(a, { ...ours, sni: 'x' })], [], undefined],
  ['one of a namespace with no proxy', [named(a, 'a', 'elsewhere')], [], 'a'],
  ['none', [], [], undefined],
]
for (const [title, upstreams, forms, expected] of cases)
  t.test(`on a proxy lean, of ${title}: ${expected ?? 'none'}`, async t => {
    const found = ask(live(FACTS, gatewayProxy(), ...upstreams), forms)
    t.equal(found?.reason, expected && 'StillUsed')
    if (expected) t.equal(found?.message, `kept until Upstreams have let go of it: ${expected}`)
  })

t.test('an Upstream leans on the proxies beside it alone', async t => {
  const there = named(gatewayProxy(), 'gateway-proxy', 'elsewhere')
  const known = live(FACTS, there, named(a, 'a', 'elsewhere'))
  t.equal(ask(known, []), undefined)
  t.equal(
    leaningOn(requestOf(there, { namespace: 'elsewhere' }) as Write, known, [])?.reason,
    'StillUsed',
  )
})

t.test('nothing leans on what serves nobody, or in a cluster that is not watched', async t => {
  const idle = withValue(gatewayProxy(), ['spec', 'replicas'], 0)
  const out = gatewayProxy({ annotations: { 'gloo-istio.io/interlock': 'disabled' } })
  const known = live(FACTS, gatewayProxy(), a)
  t.equal(ask(known, [])?.reason, 'StillUsed')
  for (const proxy of [idle, out]) t.equal(ask(known, [], proxy), undefined)
  t.equal(ask(seen(FACTS, gatewayProxy(), a), []), undefined)
  t.equal(ask({ ...FACTS, isLive: true }, []), undefined)
})
