import { fastify } from 'fastify'
import { t } from 'tap'
import { ReviewError } from '../../src/core/errors.ts'
import { asReviewError, refuse } from '../../src/server/refusal.ts'

const coded = (code: string) =>
  Object.assign(new Error('as it came'), { code, name: 'FastifyError', statusCode: 400 })

const codes: readonly [string, string, RegExp][] = [
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'GLOO_ISTIO_ERR_TOO_LARGE', /larger than 7 bytes/],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'GLOO_ISTIO_ERR_MEDIA_TYPE', /is text\/plain/],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'GLOO_ISTIO_ERR_NOT_JSON', /its length/],
  ['ECONNRESET', 'GLOO_ISTIO_ERR_NOT_JSON', /the connection ended within it/],
  ['ANY_OTHER', 'GLOO_ISTIO_ERR_INTERNAL', /see its log/],
]
for (const [from, code, message] of codes)
  t.test(`${from} is told as ${code}`, async t => {
    const refusal = asReviewError(coded(from), 7, 'text/plain')
    t.match(refusal, { code, message })
    t.notMatch(refusal.message, 'as it came')
  })

t.test('what is ours already stays as it is', async t => {
  const error = Object.assign(new ReviewError('GLOO_ISTIO_ERR_TOO_DEEP', { limit: '9' }))
  t.equal(asReviewError(Object.assign(error, coded('X'), { code: error.code }), 7), error)
})

t.test('only who comes at a bad time is told when to come again', async t => {
  const app = fastify()
  app.get('/busy', (_request, reply) => refuse(reply, new ReviewError('GLOO_ISTIO_ERR_BUSY')))
  app.get('/late', (_request, reply) => refuse(reply, new ReviewError('GLOO_ISTIO_ERR_TIMEOUT')))
  const busy = await app.inject('/busy')
  t.match([busy.statusCode, busy.headers['retry-after']], [429, '1'])
  const late = await app.inject('/late')
  t.strictSame([late.statusCode, late.headers['retry-after']], [504, undefined])
})
