import { t } from 'tap'
import { countStates, labelOf, type State, secretsBehind, waysIn } from '../../src/core/graph.ts'
import { withValue } from '../../src/core/json.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { withSslConfig } from '../../src/core/upstream.ts'
import type { Standing } from '../../src/core/upstream-report.ts'
import { ENABLED, facts, mesh, upstream } from '../harness/build.ts'
import { carrierOn, live, pod, proxyOn, seen, service, settled } from '../harness/cluster.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const ON = settled(upstream(), KNOWN)
const PROXY = carrierOn('1.0.0', KNOWN, { podSpec: { serviceAccountName: 'gateway' } })
const SECRET = 'gloo-system/istio.gateway'
const theirs = (object: JsonObject) => withSslConfig(object, { secretRef: { name: 'mine' } })
const placed = (object: JsonObject, ...path: readonly [...string[], string]) =>
  withValue(object, ['metadata', ...path.slice(0, -1)], path.at(-1))

const wayOf = (object: JsonObject, known: Facts, certificates?: ReadonlyMap<string, string>) => {
  const [way, ...others] = waysIn(known, certificates, [object])
  if (way === undefined || others.length > 0) throw new Error('one way for one Upstream')
  return way
}

// Upstream | facts | standing | state
const cases: readonly [string, JsonObject, Facts, Standing, State][] = [
  ['is on', ON, KNOWN, 'mtls', 'mtls'],
  ['nobody selects', upstream({}, {}), KNOWN, 'plain', 'plain'],
  ['is about to be written', upstream(), KNOWN, 'pending', 'waiting'],
  ['is observed', upstream(), { ...KNOWN, stage: 'observe' }, 'observed', 'waiting'],
  ['waits for a proxy', upstream(), live(KNOWN, proxyOn('1.0.0')), 'waiting', 'waiting'],
  ['is selected, but has TLS of its own', theirs(upstream()), KNOWN, 'kept', 'refused'],
  ['nobody selects, with TLS of its own', theirs(upstream({}, {})), KNOWN, 'kept', 'plain'],
  ['has no mesh', upstream(), facts(), 'refused', 'refused'],
]
for (const [title, object, known, standing, state] of cases)
  t.test(`the way of an Upstream that ${title} is ${state}`, async t =>
    t.match(wayOf(object, known), { standing, state }),
  )

t.test('a way goes from the proxies by namespaces to Services', async t => {
  const way = wayOf(ON, live(KNOWN, PROXY, placed(PROXY, 'name', 'second')))
  t.match(way, {
    namespace: 'gloo-system',
    name: 'default-details-9080',
    gateways: ['gloo-system/gateway-proxy', 'gloo-system/second'],
    destinations: [{ namespace: 'default', service: 'details', port: 9080 }],
    reason: 'AlreadyEnabled',
    message: 'spec.sslConfig holds the certificates of mesh istio-system.istio',
    mesh: 'istio-system.istio',
    mode: 'citadel-files',
    by: 'Upstream',
    shown: ['spiffe://cluster.local/ns/gloo-system/sa/gateway'],
    accepted: [],
  })
})

t.test('who is accepted is told where it is verified', async t => {
  const verifying: Facts = { ...KNOWN, verifyIdentity: true }
  const behind = [service(), pod({}, { serviceAccountName: 'shop' })]
  const names = ['spiffe://cluster.local/ns/default/sa/shop']
  t.strictSame(wayOf(upstream(), seen(verifying, ...behind)).accepted, names)
  const slip = upstream({}, { ...ENABLED, 'gloo-istio.io/verify-identity': 'yes' })
  t.strictSame(wayOf(slip, seen(verifying, ...behind)).accepted, [])
})

t.test('what is plain, and what has no mesh, shows nobody', async t => {
  for (const [object, known] of [
    [upstream({}, {}), live(KNOWN, PROXY)],
    [upstream(), live(facts(), PROXY)],
  ] as const)
    t.match(wayOf(object, known), { shown: [], accepted: [], secrets: [], notAfter: '' })
})

t.test('of TLS that is somebody else’s, nobody is said to show or be accepted', async t => {
  const names = { 'gloo-istio.io/subject-alt-names': 'spiffe://x' }
  const own = theirs(upstream({}, { ...ENABLED, ...names }))
  t.match(wayOf(own, live(KNOWN, PROXY)), { standing: 'kept', shown: [], accepted: [] })
})

t.test('a way ends with the first of the certificates of its gateways', async t => {
  const other = placed(PROXY, 'name', 'second')
  const path = ['spec', 'template', 'spec', 'serviceAccountName']
  const known = live(KNOWN, PROXY, withValue(other, path, 'other'))
  const secrets = [SECRET, 'gloo-system/istio.other']
  const [sooner, later] = ['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z']
  const ends = (...entries: (readonly [string, string])[]) => wayOf(ON, known, new Map(entries))
  t.match(ends([SECRET, later], ['gloo-system/istio.other', sooner]), { secrets, notAfter: sooner })
  t.match(ends([SECRET, sooner], ['gloo-system/istio.other', later]), { secrets, notAfter: sooner })
  t.equal(ends([SECRET, sooner]).notAfter, '', 'the other may be the first')
  t.equal(wayOf(ON, known).notAfter, '', 'nobody told')
  t.strictSame(secretsBehind([ends(), ends()]), secrets)
})

t.test('in a mode that keeps certificates inside of a pod, their end is unknown', async t => {
  const agent = { ...facts(mesh('istio-system.istio', { istioVersion: '1.22.3' })) }
  const known = live({ ...agent, gloo: { ...agent.gloo, version: '1.17.3' } }, PROXY)
  const way = wayOf(upstream(), known, new Map([[SECRET, '2026-02-01T00:00:00.000Z']]))
  t.match(way, { mode: 'istio-agent', secrets: [], notAfter: '' })
})

t.test('every Upstream of the snapshot has its way', async t => {
  const other = placed(upstream({}, {}), 'name', 'other')
  const elsewhere = placed(upstream({}, {}), 'namespace', 'team')
  const ways = waysIn(seen(KNOWN, ON, other, elsewhere, PROXY))
  t.strictSame(
    ways.map(({ namespace, name }) => `${namespace}/${name}`),
    ['gloo-system/default-details-9080', 'gloo-system/other', 'team/default-details-9080'],
  )
  t.ok(ways.every(({ gateways }) => gateways[0] === 'gloo-system/gateway-proxy'))
  t.strictSame(countStates(ways), { refused: 0, waiting: 0, mtls: 1, plain: 2 })
  t.strictSame(waysIn(KNOWN), [], 'nothing is known of a cluster')
})

t.test('the end of a way is named by Service and port', async t => {
  t.equal(labelOf({ namespace: 'a', service: 'b', port: 80 }), 'b:80')
  t.equal(labelOf({ namespace: 'a', service: 'b', port: undefined }), 'b')
})
