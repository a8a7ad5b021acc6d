import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { withSslFiles } from '../../src/core/upstream.ts'
import { decideUpstream } from '../../src/core/upstream-rules.ts'
import { ENABLED, facts, mesh, requestOf, upstream } from '../harness/build.ts'

const A = mesh('team-a.istio')
const NEW = mesh('team-n.istio', { istioVersion: '1.22.0' })
const FACTS = facts(A, mesh('team-b.istio'), NEW)
const of = (name: string) => ({ ...ENABLED, 'gloo-istio.io/mesh': name })
const ON_A = of('team-a.istio')

// annotations | spec | reason; the order of the lines is the order of the rules
const cases: readonly [JsonObject, JsonObject, string][] = [
  [{}, { spec: 'text' }, 'NotSelected'],
  [{ 'gloo-istio.io/mesh': 'team-a.istio' }, {}, 'NotSelected'],
  [{ 'gloo-istio.io/mtls': 'disabled' }, { spec: 'text' }, 'OptedOut'],
  [{ 'gloo-istio.io/mtls': 'on' }, { spec: 'text' }, 'InvalidAnnotation'],
  [{ 'gloo-istio.io/mtls': true }, {}, 'InvalidAnnotation'],
  [ON_A, { spec: undefined }, 'InvalidSpec'],
  [ON_A, { spec: [] }, 'InvalidSpec'],
  [ON_A, { spec: { upstreamSpec: 3 } }, 'InvalidSpec'],
  [of('x.y'), { spec: { aws: {} } }, 'DestinationNotInMesh'],
  [ENABLED, {}, 'AmbiguousMesh'],
  [of('x'), {}, 'MalformedMeshReference'],
  [of('x.y'), {}, 'UnknownMesh'],
  [of('team-n.istio'), {}, 'MeshHasNoFiles'],
  [ON_A, { spec: withSslFiles(upstream(), '/etc/certs', A)['spec'] }, 'AlreadyEnabled'],
  [ON_A, { spec: { sslConfig: {} } }, 'SslConfigKept'],
  [ON_A, { spec: { upstreamSpec: { ssl_config: {} } } }, 'SslConfigKept'],
  [ON_A, { spec: { sslConfig: null } }, 'MtlsEnabled'],
  [ON_A, {}, 'MtlsEnabled'],
]
for (const [annotations, more, reason] of cases)
  t.test(`${JSON.stringify(annotations)} ${JSON.stringify(more)} is ${reason}`, async t => {
    const write = requestOf(upstream(more, annotations)) as Write
    const decision = decideUpstream(write, FACTS)
    t.equal(decision.finding.reason, reason)
    t.equal(decision.kind, reason === 'MtlsEnabled' ? 'enable-mtls' : 'skip')
    t.strictSame(decision.notices, [])
  })

t.test('without an annotation for it, the only mesh is the mesh', async t => {
  t.match(decideUpstream(requestOf(upstream()) as Write, facts(A)), { mesh: A })
  t.match(decideUpstream(requestOf(upstream()) as Write, facts()), {
    finding: { reason: 'NoMeshConfigured' },
  })
})
