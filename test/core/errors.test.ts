import { t } from 'tap'
import { ERRORS, ReviewError, statusOf } from '../../src/core/errors.ts'

t.test('an error names field and fix, and travels with code and status', async t => {
  const cause = new TypeError('why')
  const error = new ReviewError('GLOO_ISTIO_ERR_TOO_LARGE', { limit: '7' }, cause)
  t.match(error, { name: 'ReviewError', code: 'GLOO_ISTIO_ERR_TOO_LARGE', statusCode: 413, cause })
  t.equal(error.message, 'request body is larger than 7 bytes: shrink the object')
  t.match(new ReviewError('GLOO_ISTIO_ERR_TOO_LARGE').message, 'than  bytes')
})

t.test('the API server gets a Status that it can show', async t => {
  t.strictSame(statusOf(new ReviewError('GLOO_ISTIO_ERR_TOO_DEEP', { limit: '5' })), {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'gloo-istio: request body is nested deeper than 5 levels: flatten the object [GLOO_ISTIO_ERR_TOO_DEEP]',
    reason: 'BadRequest',
    code: 400,
  })
})

t.test('every status is an HTTP error', async t => {
  for (const [code, { status }] of Object.entries(ERRORS)) t.ok(status >= 400 && status < 600, code)
})
