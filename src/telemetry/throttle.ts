/** Calls `say` at most once every `milliseconds` by the clock `now`; what comes in between is left out. */
export const throttle = <T>(
  say: (value: T) => void,
  milliseconds: number,
  now: () => number,
): ((value: T) => void) => {
  let last = Number.NEGATIVE_INFINITY
  return value => {
    if (now() - last < milliseconds) return
    last = now()
    say(value)
  }
}
