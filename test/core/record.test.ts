import { t } from 'tap'
import { ReviewError } from '../../src/core/errors.ts'
import { finding } from '../../src/core/reasons.ts'
import { recordError, recordReviewed } from '../../src/core/record.ts'
import { review } from '../../src/core/review.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'

const of = (object: object) =>
  recordReviewed(review(JSON.stringify(reviewOf(object)), facts(mesh('a.b'))))

t.test('a record says what became of a review, and holds no part of the object', async t => {
  t.strictSame(of(upstream({ secret: 'hunter2' })), {
    uid: 'a3e1',
    kind: 'Upstream',
    operation: 'CREATE',
    namespace: 'gloo-system',
    name: 'default-details-9080',
    dryRun: false,
    outcome: 'mutated',
    reason: 'MtlsEnabled',
    message: 'spec.sslConfig filled with the certificates of mesh a.b, by citadel-files',
    notices: [finding('SelectedByAnnotation', {}), finding('AlpnNotSent', { gloo: '1.0.0' })],
    patchOperations: 2,
  })
  t.match(of(upstream({}, {})), { outcome: 'skipped', reason: 'NotSelected', patchOperations: 0 })
})

t.test('what a stage holds back is observed, and nothing of it is in the patch', async t => {
  const body = JSON.stringify(reviewOf(upstream()))
  for (const stage of ['observe', 'warn'] as const) {
    const record = recordReviewed(review(body, { ...facts(mesh('a.b')), stage }))
    t.match(record, { outcome: 'observed', reason: 'MtlsEnabled', patchOperations: 0 })
  }
})

t.test('a kind that is not ours becomes no label', async t => {
  const more = { operation: 'DELETE', kind: { group: 'x', version: 'v1', kind: 'Made-Up' } }
  const body = JSON.stringify(reviewOf(upstream(), more))
  t.match(recordReviewed(review(body, facts())), { kind: '', reason: 'OperationIgnored' })
})

t.test('a fault of the caller is told from a fault of ours', async t => {
  const invalid = new ReviewError('GLOO_ISTIO_ERR_TOO_DEEP', { limit: '5' })
  t.match(recordError(invalid), {
    outcome: 'invalid',
    reason: invalid.code,
    message: invalid.message,
  })
  t.match(recordError(new ReviewError('GLOO_ISTIO_ERR_INTERNAL')), { outcome: 'failed' })
})

t.test('what was refused for load is told from both', async t => {
  const busy = new ReviewError('GLOO_ISTIO_ERR_BUSY', { detail: '512 reviews', seconds: '1' })
  t.match(recordError(busy), { outcome: 'shed', reason: 'GLOO_ISTIO_ERR_BUSY' })
  t.match(recordError(new ReviewError('GLOO_ISTIO_ERR_TIMEOUT')), { outcome: 'failed' })
  t.match(recordError(new ReviewError('GLOO_ISTIO_ERR_FORBIDDEN_CLIENT')), { outcome: 'invalid' })
})
