import { keyOfPlace, type Place } from '../core/affected.ts'
import type { Change } from '../core/plan.ts'
import type { Reason } from '../core/reasons.ts'

/** The last decision on each object, by its reason: to tell what is new, and to count. */
export class Decisions {
  readonly #reasons = new Map<string, Reason>()

  /** Takes note of a decision; answers whether it is another than the last one. Undefined forgets the object. */
  note(place: Place, change: Change | undefined): boolean {
    const key = keyOfPlace(place)
    if (change === undefined) return this.#reasons.delete(key)
    const { reason } = change.decision.finding
    const isNew = this.#reasons.get(key) !== reason
    this.#reasons.set(key, reason)
    return isNew
  }

  /** How many objects of a collection there are for each reason. */
  countsOf(collection: Place['collection']): ReadonlyMap<Reason, number> {
    const found = [...this.#reasons].filter(([key]) => key.startsWith(`${collection} `))
    const groups = Map.groupBy(found, ([, reason]) => reason)
    return new Map([...groups].map(([reason, all]) => [reason, all.length]))
  }

  clear(): void {
    this.#reasons.clear()
  }
}
