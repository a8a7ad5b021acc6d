import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { exitOnSignals } from '../test/parts/processes.ts'
import { apiServer } from './api-server.ts'
import { growth } from './growth.ts'
import { handler } from './handler.ts'
import { https } from './https.ts'
import { canPin, leaveServerCore, machine } from './machine.ts'
import { memory } from './memory.ts'
import { writeReport } from './report.ts'
import type { Bench, Section } from './section.ts'

const BENCHES: Readonly<Record<string, Bench>> = {
  handler,
  https,
  'api-server': apiServer,
  memory,
  growth,
}

const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}

const headingOf = (rounds: number): string => {
  const cores = canPin() ? 'the server on a core of its own' : 'servers and clients on any core'
  return `# gloo-istio measured\n\n${new Date().toISOString().slice(0, 10)}, ${machine()}; ${cores}; medians of ${rounds} rounds, lowest–highest`
}

const runAll = async (names: readonly string[], rounds: number): Promise<readonly Section[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-bench-'))
  const sections: Section[] = []
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  for (const name of names.length > 0 ? names : Object.keys(BENCHES))
    sections.push(...((await BENCHES[name]?.({ say, rounds, dir })) ?? []))
  return sections
}

const readRounds = (text: string): number => {
  const rounds = Number(text)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1 on')
  return rounds
}

await new Command('bench')
  .description('measures gloo-istio beside others, and writes bench/results/report.md')
  .addArgument(
    new Argument('[benches...]', 'which ones; all if none').choices(Object.keys(BENCHES)),
  )
  .addOption(
    new Option(
      '--rounds <n>',
      'how often each figure is taken; fewer than 3 is a quick look, with smaller sizes and shorter loads',
    )
      .default(3)
      .argParser(readRounds),
  )
  .action(async (names: readonly string[], { rounds }: { readonly rounds: number }) => {
    exitOnSignals()
    leaveServerCore()
    const { file, markdown } = writeReport(await runAll(names, rounds), headingOf(rounds))
    console.log(`${markdown}\nwritten to ${file}`)
  })
  .parseAsync()
// What was measured has ended; the clients keep connections open for a while.
process.exit()
