import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { planFor } from '../../src/core/injection.ts'
import { mutate } from '../../src/core/mutate.ts'
import type { Facts, JsonObject, Mesh } from '../../src/core/types.ts'
import { ownershipOf } from '../../src/core/workload-ownership.ts'
import { factsOn, mesh, requestOf } from '../harness/build.ts'
import { ENVOY, envoyWith, gatewayProxy } from '../harness/workloads.ts'

const write = (object: JsonObject, oldObject?: JsonObject) =>
  requestOf(object, { oldObject }) as Write
const run = (object: JsonObject, facts: Facts) => mutate(object, planFor(write(object), facts))

/** The proxy of a Gloo, with its pods' own fsGroup. */
const proxyOn = (version: string) =>
  gatewayProxy({
    containers: [{ ...ENVOY, image: `example.com:5000/gloo-envoy-wrapper:${version}` }],
    podSpec: { securityContext: { fsGroup: 10101, runAsUser: 10101 } },
  })

const stripped = (object: JsonObject): JsonObject => {
  const { annotations: _, ...metadata } = object['metadata'] as JsonObject
  return { ...object, metadata }
}

const modes: readonly [string, string, Partial<Mesh>][] = [
  ['citadel-files', '1.4.0', { istioVersion: '1.4.10' }],
  ['citadel-sds', '1.22.1', { istioVersion: '1.4.10' }],
  ['istio-agent', '1.22.1', { istioVersion: '1.22.3' }],
  ['node-agent-sds', '1.4.0', { istioVersion: '1.3.8', mode: 'node-agent-sds' }],
  ['agent-socket', '1.22.1', { istioVersion: '1.22.3', mode: 'agent-socket' }],
]
for (const [mode, version, more] of modes) {
  const facts = factsOn(version, mesh('team-a.istio', more))
  const before = proxyOn(version)
  const after = run(before, facts)

  t.test(`what ${mode} added is ours by its mark`, async t => {
    const { intact, changed, base } = ownershipOf(write(after), facts)
    t.ok(intact.length > 1, intact.join(' '))
    t.strictSame(changed, [])
    t.strictSame(base, before)
  })

  t.test(`what ${mode} added is ours without a mark, or by the mark of the old object`, async t => {
    const bare = stripped(after)
    t.strictSame(ownershipOf(write(bare), facts).base, before)
    t.strictSame(ownershipOf(write(bare), factsOn(version)).base, bare, 'not without the mesh')
    t.strictSame(ownershipOf(write(bare, after), factsOn(version)).base, before)
  })
}

t.test('a mesh in second place is recognised, too', async t => {
  const second = mesh('team-b.istio', { istioVersion: '1.22.3' })
  const facts = factsOn('1.22.1', mesh('team-a.istio', { istioVersion: '1.21.0' }), second)
  const before = proxyOn('1.22.1')
  t.strictSame(ownershipOf(write(stripped(run(before, facts))), facts).base, before)
})

t.test('what is gone is neither intact nor changed', async t => {
  const facts = factsOn('1.4.0', mesh('team-a.istio', { istioVersion: '1.4.10' }))
  const after = run(proxyOn('1.4.0'), facts)
  const bare = { ...proxyOn('1.4.0'), metadata: after['metadata'] } as JsonObject
  const { intact, changed } = ownershipOf(write(bare), facts)
  t.strictSame([intact, changed], [[], []])
})

t.test('what others put there is not ours, whatever it is like', async t => {
  const facts = factsOn('1.4.0', mesh('team-a.istio', { istioVersion: '1.4.10' }))
  const theirs = gatewayProxy({ containers: [envoyWith('istio-certs', '/etc/certs/')] })
  t.strictSame(ownershipOf(write(theirs), facts).base, theirs)
})
