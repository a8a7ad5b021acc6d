import PQueue from 'p-queue'
import type { ApplyOutcome, Change } from '../core/plan.ts'

export interface BackfillPorts {
  readonly apply: (change: Change) => Promise<ApplyOutcome>
  readonly onOutcome: (change: Change, outcome: ApplyOutcome) => void
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  /** Ends it: what is being written is finished, the rest is left for another time. */
  readonly signal: AbortSignal
}

/** So that the API server has room for everybody else. */
export const WRITES_PER_SECOND = 150
const CONCURRENT_WRITES = 8
const ATTEMPTS = 5

/** At most so many writes a second, evenly, and a few of them at a time. */
export const writeQueue = (): PQueue =>
  new PQueue({ concurrency: CONCURRENT_WRITES, interval: 100, intervalCap: WRITES_PER_SECOND / 10 })

/** Writes each change once, in their order. What it leaves behind, another run finds again. */
export const backfill = async (changes: readonly Change[], ports: BackfillPorts): Promise<void> => {
  const queue = writeQueue()
  const { signal } = ports
  if (signal.aborted) return
  signal.addEventListener('abort', () => queue.clear())
  for (const change of changes)
    void queue.add(async () => ports.onOutcome(change, await persist(change, ports)))
  await queue.onIdle()
}

/** An API server that is busy is asked again, when it wants to be. */
const persist = async (change: Change, ports: BackfillPorts): Promise<ApplyOutcome> => {
  for (let attempt = 1; ; attempt++) {
    const outcome = await ports.apply(change)
    if (outcome.kind !== 'unavailable' || attempt === ATTEMPTS || ports.signal.aborted)
      return outcome
    await ports.sleep(outcome.retryAfterSeconds * 1000 * attempt, ports.signal).catch(() => {})
  }
}
