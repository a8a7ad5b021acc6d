import type { Decision } from './decision.ts'
import { auditAnnotationsOf, warningsOf } from './explain.ts'
import type { ApiVersion, Review } from './parse.ts'
import type { Patch } from './patch.ts'

export interface AdmissionReview {
  readonly apiVersion: ApiVersion
  readonly kind: 'AdmissionReview'
  readonly response: {
    readonly uid: string
    readonly allowed: true
    readonly patchType?: 'JSONPatch'
    /** Base64 of the JSONPatch. */
    readonly patch?: string
    readonly warnings?: readonly string[]
    readonly auditAnnotations: Readonly<Record<string, string>>
  }
}

/** The only builder of AdmissionReviews. A write is always allowed: what is wrong is said in warnings. */
export const respond = (
  { apiVersion, request }: Review,
  decision: Decision,
  patch: Patch,
): AdmissionReview => {
  const warnings = warningsOf(decision)
  return {
    apiVersion,
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: true,
      ...(patch.length > 0 && { patchType: 'JSONPatch', patch: encode(patch) }),
      ...(warnings.length > 0 && { warnings }),
      auditAnnotations: auditAnnotationsOf(decision),
    },
  }
}

const encode = (patch: Patch) => Buffer.from(JSON.stringify(patch), 'utf8').toString('base64')
