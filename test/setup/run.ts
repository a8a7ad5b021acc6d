import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../parts/command.ts'
import { PartsError } from '../parts/part.ts'
import { findMissing, partNames, title } from '../parts/parts.ts'
import { prepareParts } from '../parts/prepare.ts'
import { BUNDLE_VARIABLE, bundleProgram } from '../parts/program.ts'
import { runInOwnCluster } from '../real-cluster/suites.ts'
import { runStaticChecks } from './static.ts'
import { runSuites, type Suites, selectSuites } from './suites.ts'
import { printSummary } from './summary.ts'
import { add, nothing, type Tally } from './tally.ts'

const announceMissing = (): void => {
  for (const { part, tool } of findMissing(partNames)) {
    console.log(
      `SKIPPED every suite with ${title(part)}: needs ${tool.name} — install from ${tool.install}`,
    )
  }
}

/** What this machine should be able to make, but did not, fails the run; the rest goes on. */
const orFailure = async (name: string, make: () => Promise<void>): Promise<Tally> => {
  try {
    await make()
    return nothing
  } catch (error) {
    if (!(error instanceof PartsError || error instanceof CommandError)) throw error
    return { ...nothing, failures: [{ name, detail: error.message }] }
  }
}

const prepare = (): Promise<Tally> =>
  orFailure('parts of the cluster', async () => {
    announceMissing()
    await prepareParts(partNames)
  })

/** Suites start what is shipped, not its sources. */
const prepareProgram = (): Promise<Tally> =>
  orFailure('the bundle of the program', async () => {
    process.env[BUNDLE_VARIABLE] = await bundleProgram(resolve('node_modules', '.cache', 'program'))
  })

const needsParts = (selected: readonly Suites[]): boolean =>
  selected.some(suites => suites.name === 'integration')

/** Says how long it took. */
const timed = async (what: string, work: () => Promise<Tally> | Tally): Promise<Tally> => {
  const begin = performance.now()
  const tally = await work()
  console.log(`${what} took ${Math.round((performance.now() - begin) / 1000)} s`)
  return tally
}

const runAll = async (selected: readonly Suites[], isWhole: boolean): Promise<Tally> => {
  let tally = needsParts(selected) ? await timed('parts', prepare) : nothing
  if (isWhole) tally = add(tally, await timed('types and lint', runStaticChecks))
  tally = add(tally, await timed('bundle', prepareProgram))
  for (const suites of selected)
    tally = add(tally, await timed(`${suites.name} suites`, () => runSuites(suites)))
  // Last, as it is this process that the cluster ends with.
  if (isWhole) tally = add(tally, await timed('cluster suites', () => runInOwnCluster()))
  return tally
}

process.chdir(fileURLToPath(new URL('../..', import.meta.url)))
const args = process.argv.slice(2)
const tally = await runAll(selectSuites(args), args.length === 0)
printSummary(tally)
process.exit(tally.failures.length > 0 ? 1 : 0)
