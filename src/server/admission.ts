import type { FastifyError, FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { ReviewError } from '../core/errors.ts'
import { type ReviewRecord, recordError, recordReviewed } from '../core/record.ts'
import { type Reviewed, review } from '../core/review.ts'
import type { Facts } from '../core/types.ts'
import { latenessOf } from './deadline.ts'
import { type GatePorts, refuseStrangers, refuseTooMuch } from './gate.ts'
import { asReviewError, refuse } from './refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** When the head of a request to /mutate was received, in milliseconds of performance.now(); 0 before. */
    begun: number
  }
}

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
  /**
   * Hears of every request to /mutate, once. `cause` is set when the fault is ours; `traceparent` is what the
   * API server sent of its trace.
   */
  readonly record: (
    record: ReviewRecord,
    seconds: number,
    cause?: unknown,
    traceparent?: string,
  ) => void
}

export interface ServedAdmissionPorts extends AdmissionPorts, GatePorts {
  /** Hears of the bytes of each body that was read whole. */
  readonly body: (bytes: number) => void
  /** Hears of each request that was answered with a review. */
  readonly answered: (request: FastifyRequest) => void
}

/** POST /mutate. Whatever cannot be reviewed is answered with a metav1.Status, which kubectl shows. */
export const registerAdmission = (app: FastifyInstance, ports: ServedAdmissionPorts): void => {
  app.decorateRequest('begun', 0)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  app.route<{ Querystring: { readonly timeout?: unknown } }>({
    method: 'POST',
    url: MUTATE_PATH,
    onRequest: [startStopwatch, refuseStrangers(ports), refuseTooMuch(ports)],
    handler: (request, reply) => {
      const body = typeof request.body === 'string' ? request.body : ''
      ports.body(Buffer.byteLength(body))
      const late = latenessOf(request.query.timeout, secondsOf(request) * 1000)
      if (late) throw late
      const reviewed = review(body, ports.facts(), ports.time())
      ports.reviewed(reviewed)
      ports.record(recordReviewed(reviewed), secondsOf(request), undefined, traceOf(request))
      ports.answered(request)
      return reply.send(reviewed.answer)
    },
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const refusal = asReviewError(error, BODY_LIMIT, request.headers['content-type'])
    const cause = refusal.statusCode >= 500 && refusal !== error ? error : undefined
    if (request.routeOptions.url === MUTATE_PATH)
      ports.record(recordError(refusal), secondsOf(request), cause, traceOf(request))
    return refuse(reply, refusal)
  })
  app.setNotFoundHandler(({ method, url }, reply) =>
    refuse(reply, new ReviewError('GLOO_ISTIO_ERR_NOT_FOUND', { method, path: url })),
  )
}

const traceOf = ({ headers }: { readonly headers: FastifyRequest['headers'] }) => {
  const { traceparent } = headers
  return typeof traceparent === 'string' ? traceparent : undefined
}

const startStopwatch: onRequestHookHandler = (request, _reply, done) => {
  request.begun = performance.now()
  done()
}

/** Seconds since the head of a request was received; nothing, where no request got that far. */
const secondsOf = (request: FastifyRequest): number =>
  request.begun === 0 ? 0 : (performance.now() - request.begun) / 1000
