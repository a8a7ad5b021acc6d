import type { Serving } from '../main.ts'

/**
 * Ends the process: at SIGTERM or SIGINT after `drain` milliseconds, at a second one at once. After an
 * error that nobody caught it drains, too, and then fails: what state it left behind is unknown, and
 * another replica, or the process that is started anew, is not in it.
 */
export const endWith = ({ drain: begin, cut, log }: Serving, drain: number): void => {
  let isEnding = false
  const end = (code: number): void => {
    const ended = isEnding ? cut() : begin(drain)
    isEnding = true
    process.exitCode = Math.max(code, Number(process.exitCode ?? 0))
    void ended.finally(() => process.exit())
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      log.info({ signal }, isEnding ? 'ending at once' : 'draining')
      end(0)
    })
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (err: unknown) => {
      log.error({ err, event }, 'error that nobody caught: draining, to be started anew')
      if (!isEnding) end(1)
    })
}
