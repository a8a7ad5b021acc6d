import { decide, decideRemoval } from './decide.ts'
import type { Decision, Write } from './decision.ts'
import { correctDiscovery } from './discovery.ts'
import { mutate } from './mutate.ts'
import { parseReview } from './parse.ts'
import { diff, type Patch } from './patch.ts'
import { type AdmissionReview, respond } from './respond.ts'
import type { AdmissionRequest, Facts, JsonObject } from './types.ts'

/** What was decided about one object, the object it becomes, and the difference. */
export interface Outcome {
  readonly decision: Decision
  readonly object: JsonObject
  readonly patch: Patch
}

/** Decide, mutate, diff: the whole of what the webhook and `gloo-istio inject` do with an object. */
export const inject = (request: AdmissionRequest, facts: Facts): Outcome => {
  const { object } = request
  if (object === undefined) return outcomeOf({}, {}, decide(request, facts))
  const kept = correctDiscovery({ ...request, object }, facts)
  return outcomeOf(object, kept, decide({ ...request, object: kept }, facts))
}

/** The way back: the object as it was before us. */
export const uninject = (write: Write, facts: Facts): Outcome =>
  outcomeOf(write.object, write.object, decideRemoval(write, facts))

const outcomeOf = (before: JsonObject, kept: JsonObject, decision: Decision): Outcome => {
  const object = mutate(kept, decision)
  return { decision, object, patch: diff(before, object) }
}

export interface Reviewed extends Outcome {
  readonly request: AdmissionRequest
  readonly answer: AdmissionReview
}

/** The whole webhook as one function: body in, answer out; `time` is now (RFC 3339). Throws ReviewError for an unusable body. */
export const review = (body: string, facts: Facts, time = ''): Reviewed => {
  const parsed = parseReview(body, time)
  const outcome = inject(parsed.request, facts)
  const answer = respond(parsed, outcome.decision, outcome.patch)
  return { ...outcome, request: parsed.request, answer }
}
