const FIRST_MS = 1_000
const MAX_MS = 30_000

/** How long to wait after failures in a row: ever longer, and by chance, so that not all ask at once. */
export class BackOff {
  readonly #random: () => number
  #failures = 0

  /** `random` answers from 0 to 1, as Math.random does. */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Failures since the last that went well. */
  get failures(): number {
    return this.#failures
  }

  /** Counts a failure. Answers the milliseconds to wait, `leastSeconds` or more. */
  fail(leastSeconds = 0): number {
    const most = Math.min(FIRST_MS * 2 ** this.#failures, MAX_MS)
    this.#failures++
    return Math.max(this.#random() * most, leastSeconds * 1000)
  }

  /** All is well again. */
  forget(): void {
    this.#failures = 0
  }
}
