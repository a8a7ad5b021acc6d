import type { Decision } from './decision.ts'
import { mutate } from './mutate.ts'
import { diff, type Patch } from './patch.ts'
import { type Finding, finding } from './reasons.ts'
import type { JsonObject, Stage } from './types.ts'

/** What was decided about one object, what becomes of it in this stage, and what does not. */
export interface Staged {
  readonly decision: Decision
  /** The object as it is to be stored. */
  readonly object: JsonObject
  /** What makes that object of the one that was sent. */
  readonly patch: Patch
  /** What the decision takes beyond that, and the stage holds back; empty with `inject`. */
  readonly held: Patch
}

/**
 * Carries a decision out, or in the stages before `inject` only says that it would be. `kept` is the object
 * without what discovery got wrong: that is corrected in every stage, or what stands would be half lost.
 */
export const carryOut = (
  before: JsonObject,
  kept: JsonObject,
  decision: Decision,
  stage: Stage,
): Staged => {
  const object = mutate(kept, decision)
  const held = stage === 'inject' ? [] : diff(kept, object)
  if (stage === 'inject' || held.length === 0)
    return { decision, object, patch: diff(before, object), held: [] }
  const notices = [noticeOf(stage, decision.finding), ...decision.notices]
  return { decision: { ...decision, notices }, object: kept, patch: diff(before, kept), held }
}

const noticeOf = (stage: 'observe' | 'warn', { reason, message }: Finding): Finding =>
  stage === 'warn' ? finding('StageWarn', { message, reason }) : finding('StageObserve', {})
