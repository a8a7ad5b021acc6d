import { fileURLToPath } from 'node:url'
import { PartsError } from '../parts/part.ts'
import { findMissing, partNames, title } from '../parts/parts.ts'
import { prepareParts } from '../parts/prepare.ts'
import { runStaticChecks } from './static.ts'
import { runSuites, type Suites, selectSuites } from './suites.ts'
import { add, nothing, type Tally } from './tally.ts'

const announceMissing = (): void => {
  for (const { part, tool } of findMissing(partNames)) {
    console.log(
      `SKIPPED every suite with ${title(part)}: needs ${tool.name} — install from ${tool.install}`,
    )
  }
}

/** A part that this machine should be able to make, but did not, fails the run; the rest goes on. */
const prepare = async (): Promise<Tally> => {
  try {
    announceMissing()
    await prepareParts(partNames)
    return nothing
  } catch (error) {
    if (!(error instanceof PartsError)) throw error
    return { ...nothing, failures: [{ name: 'parts of the cluster', detail: error.message }] }
  }
}

const needsParts = (selected: readonly Suites[]): boolean =>
  selected.some(suites => suites.name === 'integration')

const runAll = async (selected: readonly Suites[], isWhole: boolean): Promise<Tally> => {
  let tally = needsParts(selected) ? await prepare() : nothing
  if (isWhole) tally = add(tally, runStaticChecks())
  for (const suites of selected) tally = add(tally, await runSuites(suites))
  return tally
}

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  ')

/** Failures are told here, too: tap loses its own account of them when coverage ends it early. */
const printSummary = ({ passed, failures, skips }: Tally): void => {
  for (const { name, detail } of failures) console.log(`\nFAILED ${name}\n${indent(detail)}`)
  for (const { name, reason } of skips) console.log(`\nSKIPPED ${name}\n${indent(reason)}`)
  console.log(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`)
}

process.chdir(fileURLToPath(new URL('../..', import.meta.url)))
const args = process.argv.slice(2)
const tally = await runAll(selectSuites(args), args.length === 0)
printSummary(tally)
process.exitCode = tally.failures.length > 0 ? 1 : 0
