import { monitorEventLoopDelay } from 'node:perf_hooks'

type Histogram = ReturnType<typeof monitorEventLoopDelay>

/**
 * Milliseconds between two looks; what it finds between them is the delay, of which up to so much may be missed. Each
 * look wakes the process: at ten times as many they were all that it did at rest, and a quarter of what a lone review took.
 */
const RESOLUTION_MS = 100
/** How long a stall is told of at least; longer than any sane interval of scrapes. */
const WINDOW_MS = 60_000

const QUANTILES = [0.5, 0.99, 1] as const

export interface EventLoopDelay {
  /** Seconds of delay by quantile (0.5, 0.99, 1) over the last one to two windows. */
  readonly quantiles: () => ReadonlyMap<number, number>
  readonly close: () => void
}

/**
 * How late the event loop comes round, in this window or the one before, whichever was worse: so a stall is seen by
 * everyone who scrapes once a window. `now` in milliseconds.
 */
export const watchEventLoop = (now: () => number): EventLoopDelay => {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let [before, turned] = [QUANTILES.map(() => 0), now()]
  return {
    quantiles: () => {
      const since = QUANTILES.map(quantile => secondsAt(histogram, quantile))
      const worse = since.map((seconds, at) => Math.max(seconds, before[at] ?? 0))
      if (now() - turned >= WINDOW_MS) {
        ;[before, turned] = [since, now()]
        histogram.reset()
      }
      return new Map(QUANTILES.map((quantile, at) => [quantile, worse[at] ?? 0]))
    },
    close: () => histogram.disable(),
  }
}

/** What the histogram holds is the time between two looks, in nanoseconds, the wait that was asked for included. */
const secondsAt = (histogram: Histogram, quantile: number): number => {
  if (histogram.count === 0) return 0
  const nanoseconds = quantile === 1 ? histogram.max : histogram.percentile(quantile * 100)
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
}
