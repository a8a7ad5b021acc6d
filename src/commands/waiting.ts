import { type ProgressOutput, whileWaiting } from '../cli/progress.ts'

/** Standard error; in colour on a terminal, and never with NO_COLOR. */
const stderr = (): ProgressOutput => ({
  stream: process.stderr,
  hasColours: process.stderr.isTTY === true && process.stderr.hasColors(),
})

/** Says on standard error what is waited for, should it take longer than a second. */
export const waitFor = <T>(text: string, work: () => Promise<T>): Promise<T> =>
  whileWaiting(text, stderr(), work)
