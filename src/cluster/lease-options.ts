import type { ApiClient } from './api.ts'

export interface LeasePorts {
  readonly api: Pick<ApiClient, 'request'>
  /** Milliseconds since 1970 that never go back: `performance.timeOrigin + performance.now()`. */
  readonly now: () => number
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  /** From 0 to below 1. */
  readonly random: () => number
  readonly onAcquired: () => void
  /** Comes before another can acquire the Lease, unless the process stalls: then only `isLeader` knows. */
  readonly onLost: (why: string) => void
  readonly onFailure: (error: unknown) => void
}

export interface LeaseOptions {
  readonly namespace: string
  readonly name: string
  /** Of this process alone, a restart included: two of one identity would lead together. */
  readonly identity: string
  /** How long others wait for a sign of the leader. Default: 15. */
  readonly durationSeconds?: number
  /** For how long one leads without renewing; less than the duration. Default: 10. */
  readonly renewDeadlineSeconds?: number
  /** Between two attempts; for a candidate up to half as much again, by chance. Default: 2. */
  readonly retrySeconds?: number
  readonly ports: LeasePorts
}

/** kubernetes@1.37.2:staging/src/k8s.io/component-base/config/v1alpha1/defaults.go */
const DEFAULTS = { durationSeconds: 15, renewDeadlineSeconds: 10, retrySeconds: 2 }
/** What chance adds at most to the time between two attempts, as a share of it. */
export const JITTER = 0.5

/** Throws RangeError when not duration > deadline > longest time between two attempts. */
export const completeOptions = (options: LeaseOptions): Required<LeaseOptions> => {
  const complete = { ...DEFAULTS, ...options }
  const { durationSeconds, renewDeadlineSeconds, retrySeconds } = complete
  const longest = (1 + JITTER) * retrySeconds
  if (durationSeconds > renewDeadlineSeconds && renewDeadlineSeconds > longest) return complete
  throw new RangeError('a Lease needs durationSeconds > renewDeadlineSeconds > 1.5 retrySeconds')
}
