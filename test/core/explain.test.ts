import { t } from 'tap'
import { skip } from '../../src/core/decision.ts'
import {
  auditAnnotationsOf,
  findingsOf,
  lineOf,
  toTell,
  warningsOf,
} from '../../src/core/explain.ts'
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

const done = finding('BootstrapRestored', { key: 'envoy.yaml', why: 'x' })
const observed = skip(done, [finding('StageObserve', {}), loud])
const warned = skip(done, [finding('StageWarn', { message: 'm', reason: 'r' }), loud])

t.test(
  'kubectl hears nothing of what is only observed, and all of what it is warned of',
  async t => {
    t.strictSame(warningsOf(observed), [])
    t.strictSame(warningsOf(warned), [
      'gloo-istio: would be done with stage inject, but it is warn: m [r] [StageWarn]',
      `gloo-istio: ${lineOf(loud)}`,
    ])
    t.match(auditAnnotationsOf(observed).notices, /\[StageObserve\]/)
  },
)

t.test('an Event tells the warning that decided, or what is held back', async t => {
  t.equal(toTell(skip(loud, [quiet])), loud)
  t.equal(toTell(warned)?.reason, 'StageWarn')
  for (const decision of [skip(quiet, [loud]), observed]) t.equal(toTell(decision), undefined)
})
