import { textAt } from './json.ts'
import type { Patch } from './patch.ts'
import { injectInStage } from './review.ts'
import type { Staged } from './stage.ts'
import type { Facts, JsonObject } from './types.ts'
import { writeOf } from './write-of.ts'

/** What an object is, what was decided, and what brings the one in line with the other. */
export interface Change extends Pick<Staged, 'decision' | 'held'> {
  readonly object: JsonObject
  /** Empty when there is nothing to write, or the stage holds it back. */
  readonly patch: Patch
}

/** What would become of an object that stands as it is, were it written now; `time` is RFC 3339. */
export const planOf = (object: JsonObject, facts: Facts, time = ''): Change => {
  const write = writeOf(object, { operation: 'UPDATE', time })
  const { decision, patch, held } = injectInStage(write, facts)
  return { object, decision, patch, held }
}

/**
 * The patch, to be refused (409 Conflict) when the object has changed since it was read: the API server
 * takes a `resourceVersion` that is written for a precondition.
 */
export const withPrecondition = ({ object, patch }: Change): Patch => [
  {
    op: 'replace',
    path: '/metadata/resourceVersion',
    value: textAt(object, 'metadata', 'resourceVersion'),
  },
  ...patch,
]

/** What a change aims at: two that are the same say that somebody undid the first. */
export const aimOf = ({ decision, patch }: Change): string =>
  decision.kind === 'write-ssl-config'
    ? JSON.stringify([decision.mark['mesh'], decision.mark['sslConfig']])
    : JSON.stringify(patch)

/** What became of a change that was sent to the API server. */
export type ApplyOutcome =
  /** As what version; the one that it was planned from when somebody undid it on the way. */
  | { readonly kind: 'written'; readonly resourceVersion: string }
  /** Somebody else wrote the object first: it has to be looked at anew. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  /** The API server does not take it, and would not take it the next time. */
  | { readonly kind: 'refused'; readonly error: Error }
  /** The API server is busy or away; it asked to be left alone for so long. */
  | { readonly kind: 'unavailable'; readonly error: Error; readonly retryAfterSeconds: number }
