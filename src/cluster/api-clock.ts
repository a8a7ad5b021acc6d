/** A Date header has whole seconds, and is some way old when it is read. */
const RESOLUTION_MS = 2_000

/**
 * The time by the API server, as it is what checks our certificates: a clock of ours that is wrong, or
 * jumps, makes no certificate that the API server refuses. Between two answers a clock that cannot jump counts.
 */
export class ApiClock {
  readonly #monotonic: () => number
  #offset = 0

  /** `monotonic` answers milliseconds since 1970 at first, and never goes back or jumps. */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
  }

  /** Takes the Date header of an answer; what is no date says nothing. */
  hear(date: string | undefined): void {
    const told = Date.parse(date ?? '')
    if (Math.abs(told - this.now()) > RESOLUTION_MS) this.#offset = told - this.#monotonic()
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#monotonic() + this.#offset
  }
}
