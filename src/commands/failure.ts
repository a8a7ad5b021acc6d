import { CommanderError } from 'commander'
import { ManifestError } from '../cli/manifests.ts'
import { ReadError } from '../config/env.ts'
import { Refusal, UsageError } from './exit.ts'
import { traceOf } from './verbose.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2

export interface Failure {
  readonly exitCode: number
  /** For standard error; empty where all has been said. */
  readonly text: string
}

export interface Caller {
  /** As which the program was called: `gloo-istio`, or `kubectl gloo-istio`. */
  readonly name: string
  readonly isVerbose: boolean
}

const TO_BE_MENDED = [UsageError, ReadError, ManifestError]

/** What is said of an error, and the exit code: 1 failed, 2 the user has to mend something. */
export const failureOf = (error: unknown, caller: Caller): Failure => {
  if (error instanceof CommanderError)
    return { exitCode: SHOWN.has(error.code) ? 0 : EXIT_USAGE, text: '' }
  if (error instanceof Refusal) return { exitCode: EXIT_FAILED, text: '' }
  const isMendable = TO_BE_MENDED.some(known => error instanceof known)
  return { exitCode: isMendable ? EXIT_USAGE : EXIT_FAILED, text: textOf(error, caller) }
}

/** A group of commands that is asked for nothing shows its help, as kubectl does. */
const SHOWN = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version'])

const textOf = (error: unknown, { name, isVerbose }: Caller): string => {
  const lines = [
    `${name}: ${error instanceof Error ? error.message : String(error)}`,
    ...(isWorded(error) ? [] : [adviceFor(name, isVerbose)]),
    ...(isVerbose ? traceOf(error) : []),
  ]
  return `${lines.join('\n')}\n`
}

const OURS: readonly unknown[] = [Error, ...TO_BE_MENDED]

/** Whether the text is one of ours, which says what to do; what Node or the API server says does not. */
const isWorded = (error: unknown): boolean =>
  error instanceof Error && OURS.includes(error.constructor) && !('code' in error)

const adviceFor = (name: string, isVerbose: boolean): string =>
  isVerbose
    ? `This was not expected. Please report it with what stands above and below, and the file that ${name} bundle writes.`
    : `This was not expected. Run it again with --verbose to see where it comes from; to report it, add what that prints, and the file that ${name} bundle writes.`
