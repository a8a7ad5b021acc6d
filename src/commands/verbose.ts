import { Option } from 'commander'
import type { Answered } from '../cluster/api.ts'

export interface VerboseFlags {
  readonly verbose?: boolean
}

/** Every command has it; the program adds it. */
export const verboseOption = (): Option =>
  new Option(
    '--verbose',
    'tell each request to the API server on stderr, and of an error where it comes from',
  )

/** A line on standard error for a request: what was asked, and how it went; nothing of what was said in it. */
export const tellRequest = ({ method, path, outcome, milliseconds }: Answered): void => {
  process.stderr.write(`${method} ${path} ${outcome} ${Math.round(milliseconds)} ms\n`)
}

/** Stack traces of an error and of what caused it. Not its fields: these may hold what was sent. */
export const traceOf = (error: unknown): readonly string[] =>
  chainOf(error).map((at, depth) => {
    const trace = at instanceof Error ? (at.stack ?? at.message) : String(at)
    return depth === 0 ? trace : `caused by: ${trace}`
  })

const chainOf = (error: unknown, depth = 0): readonly unknown[] =>
  error === undefined || depth === DEEPEST ? [] : [error, ...chainOf(causeOf(error), depth + 1)]

/** Errors can be the cause of each other. */
const DEEPEST = 10

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined)
