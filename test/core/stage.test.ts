import { t } from 'tap'
import { type Decision, skip } from '../../src/core/decision.ts'
import { finding } from '../../src/core/reasons.ts'
import { carryOut } from '../../src/core/stage.ts'
import { upstream } from '../harness/build.ts'

const PLAIN = upstream()
const FILLED = finding('MtlsEnabled', { field: 'spec.sslConfig', mesh: 'a.b', mode: 'istio-agent' })
const ALSO = finding('AlpnNotSent', { gloo: '1.0.0' })
const fill: Decision = {
  kind: 'write-ssl-config',
  sslConfig: { sni: 'a.example.com' },
  mark: { mesh: 'a.b' },
  finding: FILLED,
  notices: [ALSO],
}
const pathsOf = (patch: readonly { readonly path: string }[]) => patch.map(({ path }) => path)
const PATHS = ['/spec/sslConfig', '/metadata/annotations/gloo-istio.io~1injected']

t.test('with inject it is done, and nothing is held back', async t => {
  const { decision, object, patch, held } = carryOut(PLAIN, PLAIN, fill, 'inject')
  t.equal(decision, fill)
  t.match(object, { spec: { sslConfig: { sni: 'a.example.com' } } })
  t.strictSame(pathsOf(patch).toSorted(), PATHS.toSorted())
  t.strictSame(held, [])
})

// stage | what is said first of all
const notices = [
  ['observe', 'would be done with stage inject, but it is observe'],
  ['warn', `would be done with stage inject, but it is warn: ${FILLED.message} [MtlsEnabled]`],
] as const
for (const [stage, message] of notices)
  t.test(`with ${stage} it is held back, and said`, async t => {
    const { decision, object, patch, held } = carryOut(PLAIN, PLAIN, fill, stage)
    t.equal(object, PLAIN)
    t.strictSame(patch, [])
    t.strictSame(pathsOf(held).toSorted(), PATHS.toSorted())
    t.equal(decision.finding, FILLED, 'the reason is that of what would be done')
    t.equal(decision.notices[0]?.message, message)
    t.equal(decision.notices[1], ALSO)
  })

for (const stage of ['observe', 'warn', 'inject'] as const) {
  t.test(`with ${stage} nothing is said where there is nothing to do`, async t => {
    const decision = skip(finding('NotSelected', {}), [ALSO])
    const staged = carryOut(PLAIN, PLAIN, decision, stage)
    t.strictSame(staged, { decision, object: PLAIN, patch: [], held: [] })
    t.equal(staged.decision, decision)
  })

  t.test(`with ${stage} what discovery got wrong is put right all the same`, async t => {
    const before = upstream({}, {})
    const { patch } = carryOut(before, PLAIN, skip(finding('NotSelected', {})), stage)
    t.strictSame(pathsOf(patch), ['/metadata/annotations/gloo-istio.io~1mtls'])
  })
}
