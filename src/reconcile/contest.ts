import { textAt } from '../core/json.ts'
import { aimOf, type Change } from '../core/plan.ts'

/** The least time between two writes that want the same of one object. Milliseconds. */
export const CONTEST_MS = 60_000
/** How long a write may take to come back to us as an event. Milliseconds. */
const ECHO_MS = 2_000

interface Written {
  readonly aim: string
  readonly at: number
  /** The version that the write was planned from; empty when it is known to be undone. */
  readonly from: string
  /** Whether it was told already that somebody undid it. */
  isTold: boolean
}

export interface Delay {
  readonly until: number
  /** Whether it shows for the first time that somebody undid our write. */
  readonly isNews: boolean
}

const versionOf = ({ object }: Change): string => textAt(object, 'metadata', 'resourceVersion')

/**
 * Knows who undoes what we write: another webhook, or a tool that holds objects to what a repository says.
 * The first write is made at once, the same again only a minute later, so that no two can write in turns.
 */
export class Contest {
  readonly #written = new Map<string, Written>()

  /** Takes note of a write, and of the version that came of it. */
  note(key: string, change: Change, stored: string, now: number): void {
    this.#forget(now)
    // What is stored as it was has been undone on its way.
    const from = stored === versionOf(change) ? '' : versionOf(change)
    // Anew, so that it comes last.
    this.#written.delete(key)
    this.#written.set(key, { aim: aimOf(change), at: now, from, isTold: false })
  }

  /** How long a change has to wait; undefined when it need not. */
  delayOf(key: string, change: Change, now: number): Delay | undefined {
    const before = this.#written.get(key)
    if (before === undefined || before.aim !== aimOf(change)) return undefined
    const isContested = before.from !== versionOf(change)
    const until = before.at + (isContested ? CONTEST_MS : ECHO_MS)
    if (until <= now) return undefined
    const isNews = isContested && !before.isTold
    before.isTold ||= isContested
    return { until, isNews }
  }

  /** The oldest come first, for a Map keeps the order in which keys were put in. */
  #forget(now: number): void {
    for (const [key, { at }] of this.#written) {
      if (at + CONTEST_MS > now) return
      this.#written.delete(key)
    }
  }
}
