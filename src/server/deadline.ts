import { ReviewError } from '../core/errors.ts'

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // Both signs that Go takes: the micro sign and the Greek letter.
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g
const DURATION = new RegExp(`^(?:${PART.source})+$`)
/** Anybody may send one, and nobody needs a longer one. */
const LONGEST = 32

/** The milliseconds of a duration as Go writes it, such as `10s` or `1m0.5s`; undefined when it is none. */
export const readGoDuration = (text: string): number | undefined => {
  if (text.length > LONGEST || !DURATION.test(text)) return undefined
  let sum = 0
  for (const [, number, unit = ''] of text.matchAll(PART))
    sum += Number(number) * (MILLISECONDS[unit] ?? Number.NaN)
  return sum
}

/** An answer that comes later than this part of the time is not worth the work: the way back takes some, too. */
const WORTH = 0.8

/**
 * What to answer when the API server, which says by `?timeout=` how long it waits, is about to give up after
 * `gone` milliseconds; undefined when it is not. What is no duration is ignored.
 */
export const latenessOf = (timeout: unknown, gone: number): ReviewError | undefined => {
  const limit = typeof timeout === 'string' ? readGoDuration(timeout) : undefined
  if (limit === undefined || limit === 0 || gone <= limit * WORTH) return undefined
  const values = { gone: `${Math.round(gone)}`, timeout: `${Math.round(limit)}` }
  return new ReviewError('GLOO_ISTIO_ERR_TIMEOUT', values)
}
