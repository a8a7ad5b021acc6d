/** Lets everything that waits for nothing but promises go on. */
export const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

interface Timer {
  readonly at: number
  readonly wake: () => void
}

/** A clock one moves by hand, in milliseconds. */
export class HandClock {
  #now: number
  readonly #timers = new Set<Timer>()

  constructor(now = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = now
  }

  readonly now = (): number => this.#now

  readonly sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = { at: this.#now + milliseconds, wake: resolve }
      this.#timers.add(timer)
      signal?.addEventListener('abort', () => {
        this.#timers.delete(timer)
        reject(signal.reason)
      })
    })

  /** Wakes what sleeps, each at its time and in its order; calls `after` each time all has settled. */
  async advance(milliseconds: number, after: () => void = () => {}): Promise<void> {
    const end = this.#now + milliseconds
    await settle()
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#now = Math.max(this.#now, timer.at)
      this.#timers.delete(timer)
      timer.wake()
      await settle()
      after()
    }
    this.#now = end
    after()
  }

  /** Time passes, and nothing wakes: the process had no turn. */
  stall(milliseconds: number): void {
    this.#now += milliseconds
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end)
    return due.toSorted((one, other) => one.at - other.at)[0]
  }
}
