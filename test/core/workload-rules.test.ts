import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { mutate } from '../../src/core/mutate.ts'
import { finding } from '../../src/core/reasons.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { decideWorkload, withdrawWorkload } from '../../src/core/workload-rules.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { live, settled } from '../harness/cluster.ts'
import { ENVOY, envoyWith, gatewayProxy, type Shape } from '../harness/workloads.ts'

const FACTS = facts(mesh('team-a.istio'))
const decide = (object: JsonObject) => decideWorkload(requestOf(object) as Write, FACTS)
const inject = (value: unknown) => ({ annotations: { 'gloo-istio.io/inject': value } })
const withSidecar = { templateLabels: { 'sidecar.istio.io/inject': 'true' } }

// shape | reason; the order of the lines is the order of the rules
const cases: readonly [string, Shape, string][] = [
  ['another workload', { labels: {}, ...inject('no') }, 'NotGatewayProxy'],
  ['opted out', { ...inject('disabled'), containers: [] }, 'OptedOut'],
  ['opted out by a slip', { ...inject('no'), containers: [] }, 'InvalidAnnotation'],
  ['a gateway with a whole sidecar', { ...withSidecar, containers: [] }, 'SidecarOnGateway'],
  ['no Envoy', { containers: [], podSpec: { volumes: 'x' } }, 'EnvoyContainerNotFound'],
  ['volumes that are no list', { podSpec: { volumes: 'x' } }, 'InvalidSpec'],
  ['mounts that are no list', { containers: [{ ...ENVOY, volumeMounts: {} }] }, 'InvalidSpec'],
  ['opted in', inject('enabled'), 'CertificatesMounted'],
  ['a plain proxy', {}, 'CertificatesMounted'],
]
for (const [title, shape, reason] of cases)
  t.test(`${title} is ${reason}`, async t => {
    const decision = decide(gatewayProxy(shape))
    t.equal(decision.finding.reason, reason)
    t.equal(decision.kind, reason === 'CertificatesMounted' ? 'change-workload' : 'skip')
  })

/** A proxy as we leave it, with more annotations or labels. */
const injected = (shape: Shape = {}) => {
  const object = gatewayProxy()
  const made = mutate(object, decide(object))
  const annotations = (made['metadata'] as { annotations: JsonObject }).annotations
  const asked = gatewayProxy({ ...shape, annotations: { ...annotations, ...shape.annotations } })
  const spec = made['spec'] as { template: { spec: JsonObject } }
  const template = (asked['spec'] as { template: JsonObject }).template
  return { ...asked, spec: { template: { ...template, spec: spec.template.spec } } }
}

t.test('opting out takes away what was added, and only that', async t => {
  const annotations = { 'gloo-istio.io/inject': 'disabled' }
  const object = injected({ annotations })
  const decision = decide(object)
  t.match(decision.finding, { reason: 'CertificatesRemoved', message: /inject is "disabled"/ })
  t.strictSame(mutate(object, decision), gatewayProxy({ annotations }))
})

t.test('a whole sidecar on the gateway takes its place, with a warning', async t => {
  const { finding, notices } = decide(injected(withSidecar))
  t.equal(finding.reason, 'CertificatesRemoved')
  t.strictSame(
    notices.map(notice => notice.reason),
    ['SidecarOnGateway'],
  )
})

t.test('what somebody changed since stays, and is said', async t => {
  const object = injected()
  const spec = object['spec'] as { template: { spec: { containers: JsonObject[] } } }
  const [envoy = {}] = spec.template.spec.containers
  const mounts = (envoy['volumeMounts'] as JsonObject[]).map(mount =>
    mount['name'] === 'envoy-config' ? mount : { ...mount, readOnly: false },
  )
  const containers = [{ ...envoy, volumeMounts: mounts }]
  const pod = { ...spec.template.spec, containers }
  const changed = { ...object, spec: { template: { ...spec.template, spec: pod } } }
  const asked = finding('UninjectAsked', {})
  const decision = withdrawWorkload(requestOf(changed) as Write, FACTS, asked)
  t.strictSame(
    decision.notices.map(notice => notice.reason),
    ['AdditionChanged'],
  )
  t.equal(decision.kind, 'change-workload')
  const after = mutate(changed, decision) as { spec: { template: { spec: JsonObject } } }
  t.strictSame(after.spec.template.spec['containers'], containers, 'their mount is kept')
})

t.test('nothing of ours is nothing to take away', async t => {
  const asked = finding('UninjectAsked', {})
  const object = gatewayProxy({ containers: [envoyWith('mine', '/mine')] })
  t.match(withdrawWorkload(requestOf(object) as Write, FACTS, asked), {
    kind: 'skip',
    finding: asked,
  })
})

t.test('what Upstreams lean on stays until they have let go, whoever wants it away', async t => {
  const opted = injected({ annotations: { 'gloo-istio.io/inject': 'disabled' } })
  const leaning = settled(upstream(), FACTS)
  const decideLive = (object: JsonObject, known = live(FACTS, leaning)) =>
    decideWorkload(requestOf(object) as Write, known)
  for (const [object, why] of [
    [opted, 'OptedOut'],
    [injected(withSidecar), 'SidecarOnGateway'],
  ] as const)
    t.match(decideLive(object), {
      kind: 'skip',
      finding: { reason: 'StillUsed', message: /default-details-9080$/ },
      notices: [{ reason: why }],
    })
  t.match(decideLive(opted, live(FACTS, upstream())), {
    finding: { reason: 'CertificatesRemoved' },
  })
})

t.test('a control plane that is away takes nothing from a proxy', async t => {
  const away = { ...facts(), meshesAreTold: false }
  const decision = decideWorkload(requestOf(injected()) as Write, away)
  t.match(decision, { kind: 'skip', finding: { reason: 'NoMeshFound' } })
  t.equal(decideWorkload(requestOf(injected()) as Write, facts()).kind, 'change-workload')
})
