import { Counter, Histogram, Registry } from 'prom-client'
import type { ReviewRecord } from '../core/record.ts'
import { collectProcessMetrics } from './process-metrics.ts'

export interface Metrics {
  /** For further metrics of the same process. */
  readonly registry: Registry
  readonly contentType: string
  readonly text: () => Promise<string>
  /** Counts one review, which took `seconds`. */
  readonly recordReview: (record: ReviewRecord, seconds: number) => void
}

// From a quarter of a millisecond: a review takes about that long.
const SECONDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const OPERATIONS = [1, 2, 4, 8, 16, 32, 64]

/** The metrics of one process, on a registry of its own. */
export const createMetrics = (): Metrics => {
  const registry = new Registry()
  collectProcessMetrics(registry)
  const reviews = new Counter({
    name: 'gloo_istio_reviews_total',
    help: 'Requests to /mutate by what became of them and why',
    labelNames: ['kind', 'operation', 'outcome', 'reason'],
    registers: [registry],
  })
  const notices = new Counter({
    name: 'gloo_istio_notices_total',
    help: 'Further findings of reviews, beside the reason that decided',
    labelNames: ['kind', 'reason'],
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'gloo_istio_review_duration_seconds',
    help: 'Time from the head of a request received to its answer made',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers: [registry],
  })
  const operations = new Histogram({
    name: 'gloo_istio_patch_operations',
    help: 'Operations of each patch that is not empty',
    buckets: OPERATIONS,
    registers: [registry],
  })
  return {
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    recordReview: (record, seconds) => {
      const { kind, operation, outcome, reason, patchOperations } = record
      reviews.inc({ kind, operation, outcome, reason })
      duration.observe({ outcome }, seconds)
      if (patchOperations > 0) operations.observe(patchOperations)
      for (const notice of record.notices) notices.inc({ kind, reason: notice.reason })
    },
  }
}
