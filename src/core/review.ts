import { decide, decideRemoval } from './decide.ts'
import type { Write } from './decision.ts'
import { correctDiscovery } from './discovery.ts'
import { parseReview } from './parse.ts'
import { type AdmissionReview, respond } from './respond.ts'
import { carryOut, type Staged } from './stage.ts'
import type { AdmissionRequest, Facts } from './types.ts'

/** What was decided about one object, the object it becomes, and the difference. */
export type Outcome = Omit<Staged, 'held'>

/** Decide, mutate, diff: the whole of what the webhook does with an object, as far as the stage lets it. */
export const injectInStage = (request: AdmissionRequest, facts: Facts): Staged => {
  const { object } = request
  if (object === undefined) return carryOut({}, {}, decide(request, facts), facts.stage)
  const kept = correctDiscovery({ ...request, object }, facts)
  return carryOut(object, kept, decide({ ...request, object: kept }, facts), facts.stage)
}

/** The same with no regard to the stage, for whoever asks for it by name, as `gloo-istio inject` does. */
export const inject = (request: AdmissionRequest, facts: Facts): Outcome =>
  injectInStage(request, { ...facts, stage: 'inject' })

/** The way back: the object as it was before us, whatever the stage. */
export const uninject = (write: Write, facts: Facts): Outcome =>
  carryOut(write.object, write.object, decideRemoval(write, facts), 'inject')

export interface Reviewed extends Staged {
  readonly request: AdmissionRequest
  readonly answer: AdmissionReview
}

/** The whole webhook as one function: body in, answer out; `time` is now (RFC 3339). Throws ReviewError for an unusable body. */
export const review = (body: string, facts: Facts, time = ''): Reviewed => {
  const parsed = parseReview(body, time)
  const outcome = injectInStage(parsed.request, facts)
  const answer = respond(parsed, outcome.decision, outcome.patch)
  return { ...outcome, request: parsed.request, answer }
}
