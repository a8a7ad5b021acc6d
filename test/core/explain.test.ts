import { t } from 'tap'
import { skip } from '../../src/core/decision.ts'
import { auditAnnotationsOf, findingsOf, lineOf, warningsOf } from '../../src/core/explain.ts'
import { finding } from '../../src/core/reasons.ts'

const quiet = finding('NotSelected', {})
const loud = finding('NoMeshConfigured', {})

t.test('one pair, wherever it is printed', async t => {
  const decision = skip(quiet, [loud])
  t.strictSame(findingsOf(decision), [quiet, loud])
  t.equal(lineOf(quiet), 'no annotation, label or default selects it [NotSelected]')
  t.strictSame(warningsOf(decision), [`gloo-istio: ${lineOf(loud)}`], 'only what to act on')
  t.strictSame(auditAnnotationsOf(decision), {
    reason: 'NotSelected',
    message: quiet.message,
    notices: lineOf(loud),
  })
  t.strictSame(Object.keys(auditAnnotationsOf(skip(quiet))), ['reason', 'message'])
})
