import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { inject, review, uninject } from '../../src/core/review.ts'
import { facts, mesh, requestOf, reviewOf, upstream } from '../harness/build.ts'
import { operationsOf, patched } from '../harness/patched.ts'

const FACTS = facts(mesh('supergloo-system.istio'))

t.test('body in, answer out, and all that led to it', async t => {
  const { answer, object, patch, request, decision } = review(
    JSON.stringify(reviewOf(upstream())),
    FACTS,
  )
  t.equal(request.uid, answer.response.uid)
  t.equal(decision.finding.reason, answer.response.auditAnnotations['reason'])
  t.strictSame(operationsOf(answer), patch)
  t.strictSame(patched(upstream(), answer), object)
})

t.test('webhook and command line share one function', async t => {
  const { object } = review(JSON.stringify(reviewOf(upstream())), FACTS)
  t.strictSame(inject(requestOf(upstream()), FACTS).object, object)
})

t.test('the way back leads to the object before', async t => {
  const { object } = inject(requestOf(upstream()), FACTS)
  t.strictSame(uninject(requestOf(object) as Write, FACTS).object, upstream())
})

t.test('a request without an object has nothing to change', async t => {
  const body = JSON.stringify(reviewOf(upstream(), { operation: 'DELETE', object: null }))
  t.strictSame(review(body, FACTS).patch, [])
})

t.test('an unusable body is refused', async t => {
  t.throws(() => review('', FACTS), { code: 'GLOO_ISTIO_ERR_NOT_JSON' })
})

t.test(
  'before stage inject the answer holds no patch, and the command line asks no stage',
  async t => {
    const body = JSON.stringify(reviewOf(upstream()))
    for (const stage of ['observe', 'warn'] as const) {
      const known = { ...FACTS, stage }
      const { answer, object, patch, held } = review(body, known)
      t.notOk('patch' in answer.response || 'patchType' in answer.response)
      t.strictSame([object, patch], [upstream(), []])
      t.strictSame(held, review(body, FACTS).patch)
      t.equal(answer.response.warnings?.length, stage === 'warn' ? 2 : undefined)
      const injected = inject(requestOf(upstream()), known)
      t.strictSame(injected.object, inject(requestOf(upstream()), FACTS).object)
      t.strictSame(uninject(requestOf(injected.object) as Write, known).object, upstream())
    }
  },
)
