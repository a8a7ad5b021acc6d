import { monitorEventLoopDelay } from 'node:perf_hooks'

type Histogram = ReturnType<typeof monitorEventLoopDelay>

/** Milliseconds between two looks; what it finds between them is the delay. */
const RESOLUTION_MS = 10
/** How long a stall is told of at least; longer than any sane interval of scrapes. */
const WINDOW_MS = 60_000

const QUANTILES = [0.5, 0.99, 1] as const

export interface EventLoopDelay {
  /** Seconds of delay by quantile (0.5, 0.99, 1) over the last one to two windows. */
  readonly quantiles: () => ReadonlyMap<number, number>
  readonly close: () => void
}

/**
 * How late the event loop comes round. Two histograms take turns, each emptied after two windows, so
 * that a stall is seen by everyone who scrapes once a window. `now` in milliseconds.
 */
export const watchEventLoop = (now: () => number): EventLoopDelay => {
  const opened = (): Histogram => {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    histogram.enable()
    return histogram
  }
  let [told, next] = [opened(), opened()]
  let turned = now()
  const turn = () => {
    if (now() - turned < WINDOW_MS) return
    told.reset()
    ;[told, next] = [next, told]
    turned = now()
  }
  return {
    quantiles: () => {
      const delays = new Map(QUANTILES.map(quantile => [quantile, secondsAt(told, quantile)]))
      turn()
      return delays
    },
    close: () => {
      told.disable()
      next.disable()
    },
  }
}

/** What the histogram holds is the time between two looks, in nanoseconds, the wait that was asked for included. */
const secondsAt = (histogram: Histogram, quantile: number): number => {
  if (histogram.count === 0) return 0
  const nanoseconds = quantile === 1 ? histogram.max : histogram.percentile(quantile * 100)
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
}
