import { HandClock } from './hand-clock.ts'

type Run = () => void

/** A test, or a part of one, which tidies up behind itself. */
export interface Scope {
  readonly teardown: (end: () => unknown) => void
}

/**
 * A clock that is moved by hand, by which the timers and the wall clock of the platform go, too, until the
 * scope ends: packages know no other.
 */
export const handTimers = ({ teardown }: Scope): HandClock => {
  const clock = new HandClock()
  const stops = new Map<unknown, Run>()
  const begin = (go: (signal: AbortSignal) => Promise<void>) => {
    const timer = {}
    const stop = new AbortController()
    stops.set(timer, () => stop.abort())
    go(stop.signal).catch(() => {})
    return timer
  }
  const every = async (run: Run, milliseconds: number, signal: AbortSignal): Promise<void> => {
    await clock.sleep(milliseconds, signal)
    run()
    await every(run, milliseconds, signal)
  }
  // Timers of the runner, which began before, are its own.
  const clearWith = (real: (timer: never) => void) => (timer: never) => {
    const stop = stops.get(timer) ?? (() => real(timer))
    stop()
    stops.delete(timer)
  }
  const replaced = {
    setTimeout: (run: Run, milliseconds: number) =>
      begin(signal => clock.sleep(milliseconds, signal).then(run)),
    setInterval: (run: Run, milliseconds: number) =>
      begin(signal => every(run, milliseconds, signal)),
    clearTimeout: clearWith(clearTimeout),
    clearInterval: clearWith(clearInterval),
  }
  const { now } = Date
  const before = { setTimeout, setInterval, clearTimeout, clearInterval }
  Object.assign(globalThis, replaced)
  Object.assign(Date, { now: clock.now })
  teardown(() => {
    Object.assign(globalThis, before)
    Object.assign(Date, { now })
  })
  return clock
}
