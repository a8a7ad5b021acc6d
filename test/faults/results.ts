import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What one run saw of one fault. */
export interface FaultResult {
  readonly id: string
  readonly seen: string
  readonly seconds: number
}

/** Ignored by git: a file of JSON lines for each test file, of its last run. */
const FOLDER = fileURLToPath(new URL('../../.tap/faults', import.meta.url))

const pathOf = (file: string): string => join(FOLDER, `${file}.jsonl`)

export const forgetResults = (file: string): void => rmSync(pathOf(file), { force: true })

export const keepResult = (file: string, result: FaultResult): void => {
  mkdirSync(FOLDER, { recursive: true })
  appendFileSync(pathOf(file), `${JSON.stringify(result)}\n`)
}

/** What was seen last of each fault that passed, by id. */
export const readResults = (): ReadonlyMap<string, string> =>
  new Map(
    (existsSync(FOLDER) ? globSync('*.jsonl', { cwd: FOLDER }) : [])
      .flatMap(name => readFileSync(join(FOLDER, name), 'utf8').split('\n'))
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as FaultResult)
      .map(({ id, seen }) => [id, seen]),
  )
