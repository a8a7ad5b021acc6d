/** The value of which so large a part lies below; 0.5 is the median. NaN when there is none. */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** `7,666 (7,401–7,702)`: the median, and the lowest and highest. */
export const withSpread = (values: readonly number[], digits = 0): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return `${told(median(values), digits)} (${told(low, digits)}–${told(high, digits)})`
}

/** A number as a table shows it. */
export const told = (value: number, digits = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/**
 * The median of the ratios of values that were measured one beside the other: a machine that is slow for a
 * while is so for both.
 */
export const ratioOf = (ours: readonly number[], theirs: readonly number[]): number =>
  median(ours.map((value, at) => value / (theirs[at] ?? Number.NaN)))
