import { t } from 'tap'
import type { Decision, Write } from '../../src/core/decision.ts'
import { skip } from '../../src/core/decision.ts'
import { mountsOf } from '../../src/core/gateway-proxy.ts'
import { mutate } from '../../src/core/mutate.ts'
import { finding } from '../../src/core/reasons.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { decideWorkload } from '../../src/core/workload-rules.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const FACTS = facts(mesh('team-a.istio'), mesh('team-b.istio'))
const said = { finding: finding('NotSelected', {}), notices: [] }

t.test('a skipped object is returned, not copied', async t => {
  const object = upstream()
  t.equal(mutate(object, skip(said.finding), FACTS), object)
})

t.test('an Upstream gets the certificates of the mesh', async t => {
  const decision: Decision = { kind: 'enable-mtls', mesh: mesh('team-b.istio'), ...said }
  const { sslConfig } = viewUpstream(mutate(upstream(), decision, FACTS))
  t.match(sslConfig, { sslFiles: { tlsKey: '/etc/certs/team-b/istio/key.pem' } })
})

t.test('a gateway-proxy gets every mesh, in order', async t => {
  const decision = decideWorkload(requestOf(gatewayProxy()) as Write, FACTS)
  t.strictSame(
    mountsOf(mutate(gatewayProxy(), decision, FACTS), 0).map(({ path }) => path),
    ['/etc/envoy', '/etc/certs/team-a/istio', '/etc/certs/team-b/istio'],
  )
})

t.test('a decision of no known kind does not compile, and changes nothing', async t => {
  const decision = { kind: 'new', ...said } as never
  t.equal(mutate(upstream(), decision, FACTS), decision)
})
