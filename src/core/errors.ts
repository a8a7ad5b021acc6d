import { fillBlanks } from './sentence.ts'

/**
 * Every way a request can be unusable: HTTP status, Kubernetes reason, sentence.
 * The code is API: it is never renamed or reused.
 */
export const ERRORS = {
  GLOO_ISTIO_ERR_NOT_JSON: {
    status: 400,
    reason: 'BadRequest',
    sentence: 'request body is not JSON ({detail}): POST an AdmissionReview as application/json',
  },
  GLOO_ISTIO_ERR_NOT_ADMISSION_REVIEW: {
    status: 400,
    reason: 'BadRequest',
    sentence:
      '{field} is {value}: expected an AdmissionReview of admission.k8s.io/v1 or admission.k8s.io/v1beta1',
  },
  GLOO_ISTIO_ERR_INVALID_FIELD: {
    status: 400,
    reason: 'BadRequest',
    sentence: '{field} is {value}: expected {expected}',
  },
  GLOO_ISTIO_ERR_UNEXPECTED_KIND: {
    status: 400,
    reason: 'BadRequest',
    sentence:
      'request.kind is {kind}, which /mutate does not take: limit "rules" of the MutatingWebhookConfiguration to {known}',
  },
  GLOO_ISTIO_ERR_TOO_DEEP: {
    status: 400,
    reason: 'BadRequest',
    sentence: 'request body is nested deeper than {limit} levels: flatten the object',
  },
  GLOO_ISTIO_ERR_TOO_LARGE: {
    status: 413,
    reason: 'RequestEntityTooLarge',
    sentence: 'request body is larger than {limit} bytes: shrink the object',
  },
  GLOO_ISTIO_ERR_MEDIA_TYPE: {
    status: 415,
    reason: 'UnsupportedMediaType',
    sentence: 'Content-Type is {value}: expected application/json',
  },
  GLOO_ISTIO_ERR_NOT_FOUND: {
    status: 404,
    reason: 'NotFound',
    sentence: 'nothing answers {method} {path}: the webhook answers POST /mutate',
  },
  /** Blanks: `detail` is what there is too much of, `seconds` the value of Retry-After. */
  GLOO_ISTIO_ERR_BUSY: {
    status: 429,
    reason: 'TooManyRequests',
    sentence:
      'too much is under way ({detail}): ask again in {seconds} s; if that goes on, add replicas or raise --max-in-flight',
  },
  /** Blanks: `gone` and `timeout` in milliseconds. */
  GLOO_ISTIO_ERR_TIMEOUT: {
    status: 504,
    reason: 'Timeout',
    sentence:
      '{gone} ms of the {timeout} ms that the API server waits were gone before the review could begin: see to the load of gloo-istio and the network, or raise timeoutSeconds of the registration',
  },
  /** Blank: `detail` goes on from "the caller", such as "showed no certificate". */
  GLOO_ISTIO_ERR_FORBIDDEN_CLIENT: {
    status: 403,
    reason: 'Forbidden',
    sentence:
      'the caller {detail}: give the API server a client certificate that --client-ca-file has signed and --client-name allows',
  },
  GLOO_ISTIO_ERR_INTERNAL: {
    status: 500,
    reason: 'InternalError',
    sentence:
      'gloo-istio failed on this review, see its log; failurePolicy decides about the write',
  },
} as const satisfies Record<string, { status: number; reason: string; sentence: string }>

export type ErrorCode = keyof typeof ERRORS

/** A request that cannot be reviewed. Its message names the field and the fix. */
export class ReviewError extends Error {
  readonly code: ErrorCode
  readonly statusCode: number

  constructor(code: ErrorCode, values: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(fillBlanks(ERRORS[code].sentence, values), { cause })
    this.name = 'ReviewError'
    this.code = code
    this.statusCode = ERRORS[code].status
  }
}

/** The metav1.Status that the API server turns into the message a `kubectl` user reads. */
export const statusOf = ({ code, message, statusCode }: ReviewError) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: `gloo-istio: ${message} [${code}]`,
  reason: ERRORS[code].reason,
  code: statusCode,
})
