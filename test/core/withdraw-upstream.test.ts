import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { mutate } from '../../src/core/mutate.ts'
import { finding } from '../../src/core/reasons.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import {
  sslConfigField,
  withdrawMarked,
  withdrawUpstream,
} from '../../src/core/withdraw-upstream.ts'
import { ENABLED, facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { settled } from '../harness/cluster.ts'

const FACTS = facts(mesh('team-a.istio'))
const WHY = finding('UninjectAsked', {})
const MARKED = settled(upstream(), FACTS)
const OURS = viewUpstream(MARKED).sslConfig as JsonObject
const unmarked = withSslConfig(upstream(), OURS)
const changed = withSslConfig(MARKED, { ...OURS, sni: 'mine.example.com' })
const theirs = withSslConfig(upstream(), { sni: 'mine.example.com' })
const SNI = { ...ENABLED, 'gloo-istio.io/sni': 'details.example.com' }
const asked = withSslConfig(upstream({}, SNI), { ...OURS, sni: 'details.example.com' })
const slip = withSslConfig(upstream({}, { ...ENABLED, 'gloo-istio.io/sni': 'a b' }), OURS)

const writeOf = (object: JsonObject) => requestOf(object) as Write
const REMOVED = 'MtlsRemoved'
const SKIPPED = 'UninjectAsked'

// sslConfig | when somebody said no | when nobody selects it any more | and that is said besides
const cases: readonly [string, JsonObject, string, string, readonly string[]][] = [
  ['none', upstream(), SKIPPED, SKIPPED, []],
  ['ours with its mark', MARKED, REMOVED, REMOVED, []],
  ['ours without its mark', unmarked, REMOVED, SKIPPED, ['SslConfigUnmarked']],
  ['ours without its mark, beside a slip', slip, REMOVED, SKIPPED, ['SslConfigUnmarked']],
  ['ours with what was asked for', asked, REMOVED, SKIPPED, []],
  ['ours, changed since', changed, SKIPPED, SKIPPED, []],
  ['of somebody else', theirs, SKIPPED, SKIPPED, []],
]
for (const [title, object, saidNo, nobodySays, notices] of cases)
  t.test(`an sslConfig, ${title}, is ${saidNo} or ${nobodySays}`, async t => {
    const [first, second] = [withdrawUpstream, withdrawMarked].map(withdraw =>
      withdraw(writeOf(object), FACTS, WHY),
    )
    t.match(first, { finding: { reason: saidNo }, notices: [] })
    t.match(second, { finding: { reason: nobodySays } })
    t.strictSame(
      second?.notices.map(({ reason }) => reason),
      notices,
    )
  })

t.test('what is taken away leaves the Upstream as it was', async t => {
  for (const withdraw of [withdrawUpstream, withdrawMarked]) {
    const decision = withdraw(writeOf(MARKED), FACTS, WHY)
    t.strictSame(mutate(MARKED, decision), upstream())
    t.match(
      decision.finding.message,
      /^spec.sslConfig, which gloo-istio wrote, is gone: gloo-istio/,
    )
  }
})

t.test('why it is taken away is said again where the user should act', async t => {
  const warning = finding('AutoMtlsOn', {})
  t.strictSame(withdrawUpstream(writeOf(MARKED), FACTS, warning).notices, [warning])
})

t.test('the field is named as the Upstream spells its settings', async t => {
  t.equal(sslConfigField(writeOf(upstream())), 'spec.sslConfig')
  t.equal(
    sslConfigField(writeOf(upstream({ spec: { upstreamSpec: {} } }))),
    'spec.upstreamSpec.sslConfig',
  )
})
