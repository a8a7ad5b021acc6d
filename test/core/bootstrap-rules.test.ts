import { t } from 'tap'
import { decideBootstrap, withdrawBootstrap } from '../../src/core/bootstrap-rules.ts'
import type { Write } from '../../src/core/decision.ts'
import { mutate } from '../../src/core/mutate.ts'
import { finding } from '../../src/core/reasons.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { facts, factsOn, mesh, requestOf } from '../harness/build.ts'

const TEXT = `node:
  id: "{{.PodName}}.{{.PodNamespace}}" # filled in by the image
static_resources:
  clusters:
  - name: xds_cluster
`
const configMap = (data: unknown, annotations?: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', labels: { gloo: 'gateway-proxy' }, ...(annotations && { annotations }) },
  data,
})
const bootstrap = (annotations?: JsonObject, text = TEXT) =>
  configMap({ 'envoy.yaml': text, other: 'x' }, annotations)
const NEW = mesh('team-n.istio', { istioVersion: '1.22.0' })
const SECOND = mesh('team-s.istio', { istioVersion: '1.21.0' })
const NEEDS = factsOn('1.9.22', NEW)
const decide = (object: JsonObject, known: Facts = NEEDS) =>
  decideBootstrap(requestOf(object) as Write, known)
const run = (object: JsonObject, known: Facts = NEEDS) => mutate(object, decide(object, known))
const inject = (value: string) => ({ 'gloo-istio.io/inject': value })

const cases: readonly [string, JsonObject, Facts, string][] = [
  ['no label of Gloo', { ...bootstrap(), metadata: {} }, NEEDS, 'NotBootstrap'],
  ['no data', configMap(undefined), NEEDS, 'NotBootstrap'],
  ['no bootstrap', configMap({ a: 'b' }), NEEDS, 'NotBootstrap'],
  ['no YAML', bootstrap({}, 'a: ['), NEEDS, 'BootstrapUnreadable'],
  ['no clusters', bootstrap({}, 'a: b'), NEEDS, 'BootstrapUnreadable'],
  ['opted out', bootstrap(inject('disabled')), NEEDS, 'OptedOut'],
  ['opted out by a slip', bootstrap(inject('no')), NEEDS, 'InvalidAnnotation'],
  ['a Gloo that needs none', bootstrap(), factsOn('1.12.4', NEW), 'BootstrapNotNeeded'],
  ['a mode that needs none', bootstrap(), facts(mesh('a.b')), 'BootstrapNotNeeded'],
  ['an unknown Gloo', bootstrap(), factsOn(undefined, NEW), 'GlooVersionUnknown'],
  [
    'a cluster that is there',
    bootstrap({}, `${TEXT}  - name: gateway_proxy_sds\n`),
    NEEDS,
    'BootstrapComplete',
  ],
  ['a bootstrap to extend', bootstrap(), NEEDS, 'BootstrapExtended'],
]
for (const [title, object, known, reason] of cases)
  t.test(`${title} is ${reason}`, async t => {
    const decision = decide(object, known)
    t.equal(decision.finding.reason, reason)
    t.equal(decision.kind, reason === 'BootstrapExtended' ? 'write-bootstrap' : 'skip')
  })

t.test('the cluster is appended, all else stays, and a second pass changes nothing', async t => {
  const after = run(bootstrap()) as { data: Record<string, string> }
  const text = after.data['envoy.yaml'] ?? ''
  t.ok(text.startsWith(TEXT), text)
  t.match(text, /- name: gateway_proxy_sds\n {4}connect_timeout: 0.25s[\s\S]*port_value: 8234\n$/)
  t.equal(after.data['other'], 'x')
  t.equal(decide(after).finding.reason, 'BootstrapComplete')
})

t.test('each mesh has a cluster of its own; one that comes later is added', async t => {
  const both = factsOn('1.9.22', NEW, SECOND)
  const text = (object: JsonObject) => String((object['data'] as JsonObject)['envoy.yaml'])
  const after = run(bootstrap(), both)
  t.match(text(after), /name: gateway_proxy_sds_2\n[\s\S]*port_value: 8235/)
  const later = run(run(bootstrap()), both)
  t.strictSame(later, after)
})

t.test('what was added is taken away: when opted out, with its mesh, or when asked', async t => {
  const after = run(bootstrap(), factsOn('1.9.22', NEW, SECOND))
  const asked = finding('UninjectAsked', {})
  t.strictSame(
    mutate(after, withdrawBootstrap(requestOf(after) as Write, NEEDS, asked)),
    bootstrap(),
  )
  t.strictSame(run(after, factsOn('1.12.4')), bootstrap(), 'no mesh is left')
  const metadata = after['metadata'] as { annotations: JsonObject }
  const annotations = { ...metadata.annotations, ...inject('disabled') }
  const off = { ...after, metadata: { ...metadata, annotations } }
  t.strictSame(run(off), bootstrap(inject('disabled')))
})

t.test(
  'a Gloo that needs none keeps the cluster of a mesh: Upstreams may still name it',
  async t => {
    const one = run(bootstrap())
    const both = run(bootstrap(), factsOn('1.9.22', NEW, SECOND))
    t.strictSame(run(one, factsOn('1.12.4', NEW)), one)
    t.strictSame(run(both, factsOn('1.12.4', NEW)), one)
  },
)

t.test('a cluster that somebody changed is theirs', async t => {
  const after = run(bootstrap()) as { data: Record<string, string> }
  const text = String(after.data['envoy.yaml']).replace('0.25s', '5s')
  const changed = { ...after, data: { 'envoy.yaml': text } }
  t.equal(decide(changed, factsOn('1.12.4')).finding.reason, 'BootstrapNotNeeded')
})

t.test('a marked bootstrap that cannot be read any more is left alone', async t => {
  const { metadata } = run(bootstrap()) as { metadata: JsonObject }
  for (const data of [{ 'envoy.yaml': 'a: [' }, undefined]) {
    const write = requestOf({ ...bootstrap(), metadata, data }) as Write
    t.match(withdrawBootstrap(write, NEEDS, finding('UninjectAsked', {})), {
      kind: 'skip',
      finding: { reason: 'BootstrapUnreadable' },
    })
  }
})

t.test('a bootstrap is read only where there is something to do', async t => {
  const readBootstrap = () => t.fail('read') as never
  const idle = { ...factsOn('1.22.1', NEW), readBootstrap }
  t.equal(decide(bootstrap(), idle).finding.reason, 'BootstrapNotNeeded')
  t.equal(decide(bootstrap(inject('disabled')), idle).finding.reason, 'OptedOut')
})

t.test('a control plane that is away takes nothing from a bootstrap', async t => {
  const away = { ...factsOn('1.9.22'), meshesAreTold: false }
  const object = run(bootstrap())
  t.match(decide(object, away), { kind: 'skip', finding: { reason: 'NoMeshFound' } })
  t.equal(decide(object, factsOn('1.9.22')).finding.reason, 'BootstrapRestored')
  t.equal(decide(object, { ...factsOn('1.9.22', NEW), meshesAreTold: false }).kind, 'skip')
})
