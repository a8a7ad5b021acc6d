export interface Rate {
  readonly perSecond: number
  /** How many may come at once after a while without any. */
  readonly burst: number
  /** Milliseconds; setting it back stops nothing. */
  readonly now: () => number
}

/** Keeps whoever asks it before each thing to a rate. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #at: number

  constructor(rate: Rate) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = rate.now()
  }

  /** Takes a token. Answers the milliseconds until it is there: wait for them, then go on. */
  take(): number {
    const { perSecond, burst, now } = this.#rate
    const at = now()
    const grown = (Math.max(0, at - this.#at) * perSecond) / 1000
    this.#tokens = Math.min(burst, this.#tokens + grown) - 1
    this.#at = at
    return Math.max(0, (-this.#tokens * 1000) / perSecond)
  }
}
