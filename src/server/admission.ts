import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ReviewError, statusOf } from '../core/errors.ts'
import { type ReviewRecord, recordError, recordReviewed } from '../core/record.ts'
import { type Reviewed, review } from '../core/review.ts'
import type { Facts } from '../core/types.ts'

export const MUTATE_PATH = '/mutate'

/**
 * An UPDATE carries the object twice, and etcd takes objects of up to 1.5 MiB by default, 3 MiB at
 * most through the API server (kubernetes@v1.37.2:staging/src/k8s.io/apiserver/pkg/server/config.go).
 */
export const BODY_LIMIT = 7 * 1024 * 1024

export interface AdmissionPorts {
  /** The snapshot to decide from: no call, no wait. */
  readonly facts: () => Facts
  /** The time of now (RFC 3339). */
  readonly time: () => string
  /** Hears of every object that was reviewed, as it is about to be stored. */
  readonly reviewed: (reviewed: Reviewed) => void
  /** Hears of every request to /mutate, once. `cause` is set when the fault is ours. */
  readonly record: (record: ReviewRecord, seconds: number, cause?: unknown) => void
}

/** POST /mutate. Whatever cannot be reviewed is answered with a metav1.Status, which kubectl shows. */
export const registerAdmission = (
  app: FastifyInstance,
  { facts, time, reviewed: hear, record }: AdmissionPorts,
): void => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  const begun = new WeakMap<FastifyRequest, number>()
  app.addHook('onRequest', (request, _reply, done) => {
    begun.set(request, performance.now())
    done()
  })
  const secondsOf = (request: FastifyRequest) =>
    (performance.now() - (begun.get(request) ?? performance.now())) / 1000
  app.post(MUTATE_PATH, (request, reply) => {
    const body = typeof request.body === 'string' ? request.body : ''
    const reviewed = review(body, facts(), time())
    hear(reviewed)
    record(recordReviewed(reviewed), secondsOf(request))
    return reply.send(reviewed.answer)
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const refusal = asReviewError(error, request.headers['content-type'])
    const ours = refusal.statusCode >= 500
    record(recordError(refusal), secondsOf(request), ours ? error : undefined)
    return refuse(reply, refusal)
  })
  app.setNotFoundHandler((request, reply) =>
    refuse(
      reply,
      new ReviewError('GLOO_ISTIO_ERR_NOT_FOUND', { method: request.method, path: request.url }),
    ),
  )
}

const asReviewError = (error: FastifyError, contentType = 'missing'): ReviewError => {
  if (error instanceof ReviewError) return error
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ReviewError('GLOO_ISTIO_ERR_TOO_LARGE', { limit: `${BODY_LIMIT}` })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ReviewError('GLOO_ISTIO_ERR_MEDIA_TYPE', { value: contentType })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new ReviewError('GLOO_ISTIO_ERR_NOT_JSON', {
        detail: 'its length is not what was said',
      })
    default:
      return new ReviewError('GLOO_ISTIO_ERR_INTERNAL', {}, error)
  }
}

const refuse = (reply: FastifyReply, error: ReviewError) =>
  reply.code(error.statusCode).send(statusOf(error))
