import { isKnownKind } from './decide.ts'
import type { ErrorCode, ReviewError } from './errors.ts'
import type { Patch } from './patch.ts'
import type { Finding } from './reasons.ts'
import type { Reviewed } from './review.ts'

/** What became of a request to /mutate. They are disjoint, so they add up to all requests. */
export type ReviewOutcome =
  | 'mutated'
  /** There is nothing to change. */
  | 'skipped'
  /** There would be something to change, if the stage were `inject`. */
  | 'observed'
  /** The caller is at fault. */
  | 'invalid'
  /** We are at fault, or were too late. */
  | 'failed'
  /** Refused for load, before it was read. */
  | 'shed'

/** One review as logs and metrics see it: no part of the object itself. */
export interface ReviewRecord {
  readonly uid: string
  /** `Upstream`, `Deployment`, `DaemonSet`, `ConfigMap`; empty for any other and when the request did not say. */
  readonly kind: string
  readonly operation: string
  readonly namespace: string
  readonly name: string
  readonly dryRun: boolean
  readonly outcome: ReviewOutcome
  /** The reason that decided, or the code of an error. */
  readonly reason: string
  readonly message: string
  readonly notices: readonly Finding[]
  readonly patchOperations: number
}

const NOTHING_KNOWN = {
  uid: '',
  kind: '',
  operation: '',
  namespace: '',
  name: '',
  dryRun: false,
  notices: [],
  patchOperations: 0,
} as const

export const recordReviewed = ({ request, decision, patch, held }: Reviewed): ReviewRecord => ({
  uid: request.uid,
  // Anyone may send a DELETE of anything, and a label must not take just any value.
  kind: isKnownKind(request.kind) ? request.kind.kind : '',
  operation: request.operation,
  namespace: request.namespace,
  name: request.name,
  dryRun: request.dryRun,
  outcome: reviewOutcome(patch, held),
  reason: decision.finding.reason,
  message: decision.finding.message,
  notices: decision.notices,
  patchOperations: patch.length,
})

export const recordError = ({ code, message, statusCode }: ReviewError): ReviewRecord => ({
  ...NOTHING_KNOWN,
  outcome: errorOutcome(code, statusCode),
  reason: code,
  message,
})

const reviewOutcome = (patch: Patch, held: Patch): ReviewOutcome => {
  if (held.length > 0) return 'observed'
  return patch.length > 0 ? 'mutated' : 'skipped'
}

const errorOutcome = (code: ErrorCode, statusCode: number): ReviewOutcome => {
  if (code === 'GLOO_ISTIO_ERR_BUSY') return 'shed'
  return statusCode < 500 ? 'invalid' : 'failed'
}
