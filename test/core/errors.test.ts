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

t.test('what the server refuses on its own names cause and fix too', async t => {
  const cases = [
    [
      'GLOO_ISTIO_ERR_BUSY',
      { detail: '512 reviews', seconds: '1' },
      /\(512 reviews\).* 1 s.*--max-in-flight/,
    ],
    [
      'GLOO_ISTIO_ERR_TIMEOUT',
      { gone: '4100', timeout: '5000' },
      /^4100 ms of the 5000 ms .*timeoutSeconds/,
    ],
    [
      'GLOO_ISTIO_ERR_FORBIDDEN_CLIENT',
      { detail: 'showed no certificate' },
      /showed no certificate: .*--client-ca-file/,
    ],
  ] as const
  for (const [code, values, pattern] of cases)
    t.match(new ReviewError(code, values).message, pattern)
})

t.test('every status is an HTTP error', async t => {
  for (const [code, { status }] of Object.entries(ERRORS)) t.ok(status >= 400 && status < 600, code)
})
