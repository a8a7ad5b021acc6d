import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runSuites } from '../setup/suites.ts'
import { nothing, type Tally } from '../setup/tally.ts'
import { bringUp, whyNoParts } from './bring-up.ts'
import { whyNoNode } from './node/missing.ts'

const FOLDER = 'test/real-cluster'

const allFiles = (): string[] =>
  readdirSync(FOLDER)
    .filter(file => file.endsWith('.test.ts'))
    .map(file => join(FOLDER, file))

/** One after the other: they share the cluster. */
const FLAGS = ['--disable-coverage', '--timeout=600', '--jobs=1']

/** Runs suites in the cluster that the environment names. */
export const runInCluster = (args: readonly string[]): Promise<Tally> => {
  const files = args.filter(arg => !arg.startsWith('-'))
  const flags = [...FLAGS, ...args.filter(arg => arg.startsWith('-'))]
  return runSuites({ name: 'cluster', files: files.length > 0 ? files : allFiles(), flags })
}

const failed = (error: unknown): Tally => ({
  ...nothing,
  failures: [{ name: 'a whole cluster', detail: String(error) }],
})

/** Runs suites in a cluster of their own; what keeps one from coming up is a skip, by name. */
export const runInOwnCluster = async (args: readonly string[] = []): Promise<Tally> => {
  const reason = whyNoNode() || whyNoParts()
  if (reason) return { ...nothing, skips: [{ name: 'a whole cluster', reason }] }
  try {
    Object.assign(process.env, await bringUp())
    return await runInCluster(args)
  } catch (error) {
    return failed(error)
  }
}
