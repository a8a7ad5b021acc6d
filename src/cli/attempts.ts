const PAUSE_MS = 1_000

export interface Attempts {
  /** Once it aborts, there is no other attempt. */
  readonly signal: AbortSignal
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  /** Hears what stands in the way, once for as long as it is the same. */
  readonly onTrouble: (trouble: string) => void
}

/**
 * Tries until it works or the time is over. An attempt answers what stands in the way, undefined for nothing,
 * or throws it. Answers what stood there last; undefined when it worked.
 */
export const tryUntilDone = async (
  attempt: () => Promise<string | undefined>,
  { signal, sleep, onTrouble }: Attempts,
): Promise<string | undefined> => {
  let told: string | undefined
  do {
    const trouble = await attempt().catch(messageOf)
    if (trouble === undefined) return undefined
    // What was given up half-way knows less than the attempt before it.
    if (signal.aborted) return told ?? trouble
    if (trouble !== told) onTrouble(trouble)
    told = trouble
    await sleep(PAUSE_MS, signal).catch(() => {})
  } while (!signal.aborted)
  return told
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
