import type { ReviewRecord } from '../core/record.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Traces } from './otlp-traces.ts'

// The longest name that Kubernetes takes. Others who reach the port may send more, and a log is not theirs to fill.
const NAME_MAX = 253

/** One log line, one count and, where traces are sent, one span for each review. Our own failures are errors, with their cause. */
export const recordWith =
  (log: Logger, metrics: Metrics, traces?: Pick<Traces, 'record'>) =>
  (record: ReviewRecord, seconds: number, cause?: unknown, traceparent?: string): void => {
    metrics.recordReview(record, seconds)
    traces?.record(record, seconds, traceparent)
    const line = { ...shortened(record), milliseconds: Math.round(seconds * 1e6) / 1e3 }
    if (cause === undefined) log.info(line, 'reviewed')
    else log.error({ ...line, err: cause }, 'reviewed')
  }

const shortened = (record: ReviewRecord): ReviewRecord => ({
  ...record,
  uid: record.uid.slice(0, NAME_MAX),
  namespace: record.namespace.slice(0, NAME_MAX),
  name: record.name.slice(0, NAME_MAX),
})
