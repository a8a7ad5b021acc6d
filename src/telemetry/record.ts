import type { ReviewRecord } from '../core/record.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

/** One log line and one count for each review. Our own failures are errors, with their cause. */
export const recordWith =
  (log: Logger, metrics: Metrics) =>
  (record: ReviewRecord, seconds: number, cause?: unknown): void => {
    metrics.recordReview(record, seconds)
    const line = { ...record, milliseconds: Math.round(seconds * 1e6) / 1e3 }
    if (cause === undefined) log.info(line, 'reviewed')
    else log.error({ ...line, err: cause }, 'reviewed')
  }
