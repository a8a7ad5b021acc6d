import type { FastifyError, FastifyReply } from 'fastify'
import { ReviewError, statusOf } from '../core/errors.ts'

/** Any error of a request, as one that its sender is told. */
export const asReviewError = (
  error: FastifyError,
  limit: number,
  contentType = 'missing',
): ReviewError => {
  if (error instanceof ReviewError) return error
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ReviewError('GLOO_ISTIO_ERR_TOO_LARGE', { limit: `${limit}` })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ReviewError('GLOO_ISTIO_ERR_MEDIA_TYPE', { value: contentType })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return notJson('its length is not what was said')
    case 'ECONNRESET':
      // Nobody reads this answer, but the review is counted.
      return notJson('the connection ended within it')
    default:
      return new ReviewError('GLOO_ISTIO_ERR_INTERNAL', {}, error)
  }
}

const notJson = (detail: string) => new ReviewError('GLOO_ISTIO_ERR_NOT_JSON', { detail })

/** Seconds until one who is refused for load may ask again. The API server does, up to ten times. */
export const RETRY_AFTER = '1'

/** Answers with a metav1.Status, which kubectl shows. */
export const refuse = (reply: FastifyReply, error: ReviewError) => {
  // client-go@v0.37.2:rest/with_retry.go
  if (error.code === 'GLOO_ISTIO_ERR_BUSY') reply.header('retry-after', RETRY_AFTER)
  return reply.code(error.statusCode).send(statusOf(error))
}
