export interface TimeLimit {
  readonly milliseconds: number
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  /** Ends the work before its time. */
  readonly closing: AbortSignal
}

/**
 * Does work that has to be done in time; the signal it gets aborts when it is given up.
 * Rejects then, and as the work does, whether or not the work heeds the signal.
 */
export const withinTime = async <T>(
  { milliseconds, sleep, closing }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const limit = new AbortController()
  const signal = AbortSignal.any([limit.signal, closing])
  const working = work(signal)
  const late = sleep(milliseconds, signal).then(() => {
    throw new Error(`not done in ${milliseconds} ms`)
  })
  try {
    return await Promise.race([working, late])
  } finally {
    limit.abort()
  }
}
