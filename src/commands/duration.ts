import { InvalidArgumentError } from 'commander'

const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000 } as const

/** A hundred years: beyond it, dates of certificates cannot be written down. */
const MOST_MS = 876_000 * MILLISECONDS.h

const isUnit = (text: string): text is keyof typeof MILLISECONDS =>
  Object.hasOwn(MILLISECONDS, text)

/**
 * The milliseconds of a flag like `90s`, `1.5m` or `168h`: a number and s, m or h, from 0 to a hundred
 * years. Throws InvalidArgumentError, which names the flag.
 */
export const parseDuration = (text: string): number => {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? []
  const milliseconds = isUnit(unit) ? Math.round(Number(number) * MILLISECONDS[unit]) : Number.NaN
  if (milliseconds <= MOST_MS) return milliseconds
  throw new InvalidArgumentError('expected a number and s, m or h, for instance 90s or 168h')
}
