import { createReadStream, existsSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Parser, type Result } from 'tap-parser'
import { stringify } from 'yaml'

export interface Failure {
  readonly name: string
  /** What tap says of it: the difference, the stack. */
  readonly detail: string
}

export interface Skip {
  readonly name: string
  readonly reason: string
}

/** Assertions, not files; a test that is skipped or still to do has not passed. */
export interface Tally {
  readonly passed: number
  readonly failures: readonly Failure[]
  readonly skips: readonly Skip[]
}

export const nothing: Tally = { passed: 0, failures: [], skips: [] }

const isSkip = ({ skip, todo }: Result): boolean => Boolean(skip || todo)

const reasonOf = ({ skip, todo }: Result): string => {
  if (typeof skip === 'string' && skip !== '') return skip
  if (typeof todo === 'string' && todo !== '') return `to do: ${todo}`
  return todo ? 'to do' : 'no reason given'
}

const failureOf = ({ fullname, diag }: Result): Failure => ({
  name: fullname,
  detail: diag === null ? '' : stringify(diag, { lineWidth: 0 }),
})

const tallyOf = (results: readonly Result[]): Tally => {
  const ran = results.filter(result => !isSkip(result))
  const failed = ran.filter(result => !result.ok)
  return {
    passed: ran.length - failed.length,
    failures: failed.map(failureOf),
    skips: results
      .filter(isSkip)
      .map(result => ({ name: result.fullname, reason: reasonOf(result) })),
  }
}

/** Empty when tap ended before it wrote anything: its exit code tells of that. */
export const readTally = async (tapFile: string): Promise<Tally> => {
  if (!existsSync(tapFile)) return nothing
  const results: Result[] = []
  const parser = new Parser()
  // Emitted for assertions only, and not again for the tests and files that hold them.
  parser.on('result', (result: Result) => results.push(result))
  await pipeline(createReadStream(tapFile), parser)
  return tallyOf(results)
}

/** What a file wrote to standard error: tap passes it on under the file's name. */
const lastWordsOf = (file: string, printed: string): string =>
  printed
    .split(`\n2> ${file}\n`)
    .slice(1)
    .map(after => after.split(/\n(?: (?:PASS|FAIL|SKIP) |[12]> )/)[0])
    .join('\n')
    .trim()

/** A file that failed outside of its tests says why on standard error; tap knows only its exit code. */
export const withLastWords = (tally: Tally, printed: string): Tally => ({
  ...tally,
  failures: tally.failures.map(({ name, detail }) => ({
    name,
    detail: `${lastWordsOf(name, printed)}\n${detail}`.trim(),
  })),
})

export const add = (one: Tally, other: Tally): Tally => ({
  passed: one.passed + other.passed,
  failures: [...one.failures, ...other.failures],
  skips: [...one.skips, ...other.skips],
})
