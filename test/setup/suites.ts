import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parse } from 'yaml'
import { exitOnSignals, signalGroup } from '../parts/processes.ts'
import { readTally, type Tally, withLastWords } from './tally.ts'

export interface Suites {
  readonly name: string
  readonly files: readonly string[]
  readonly flags: readonly string[]
}

/** Suites that run real parts; .taprc includes none of them. */
const integrationFolders = ['test/chart', 'test/image', 'test/integration']

/** What is measured there is not to share the machine with another suite. */
const scaleFolder = 'test/scale'

/** Each file of faults has a cluster and a deployment of its own, and spends most of its time waiting. */
const faultsFolder = 'test/faults'

const isIntegration = (file: string): boolean =>
  integrationFolders.includes(dirname(relative('.', file)))

const isScale = (file: string): boolean => dirname(relative('.', file)) === scaleFolder

/** Of these, the ones that measure time: nothing else may run beside them. */
const isTimed = (file: string): boolean => /^(attack-|endurance|load)/.test(basename(file))

const isFault = (file: string): boolean => dirname(relative('.', file)) === faultsFolder

/** The ones that answer for the coverage of a module; see coverage-map.mjs. */
const isCore = (file: string): boolean => dirname(relative('.', file)) === 'test/core'

const testsIn = (folder: string): string[] =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter(file => file.endsWith('.test.ts'))
    .map(file => join(folder, file))

const unitTests = (): string[] => globSync(parse(readFileSync('.taprc', 'utf8')).include)

const NO_COVERAGE = '--disable-coverage'

/** A run of chosen files says nothing about coverage; nor do suites of real clusters. */
export const selectSuites = (args: readonly string[]): Suites[] => {
  const flags = args.filter(arg => arg.startsWith('-'))
  const files = args.filter(arg => !arg.startsWith('-'))
  const all = files.length === 0
  const unit = files.filter(file => ![isIntegration, isScale, isFault].some(is => is(file)))
  const units = all ? unitTests() : unit
  const integration = all ? integrationFolders.flatMap(testsIn) : files.filter(isIntegration)
  const scale = all ? testsIn(scaleFolder) : files.filter(isScale)
  const faults = all ? testsIn(faultsFolder) : files.filter(isFault)
  const suites = (name: string, chosen: readonly string[], ...more: readonly string[]) => ({
    name,
    files: chosen,
    flags: [...flags, ...more],
  })
  return [
    suites('core', units.filter(isCore), ...(all ? [] : [NO_COVERAGE])),
    suites(
      'unit',
      units.filter(file => !isCore(file)),
      NO_COVERAGE,
    ),
    suites('integration', integration, NO_COVERAGE, '--timeout=300'),
    suites('scale', scale, NO_COVERAGE, '--timeout=900', '--jobs=1'),
    suites('timed fault', faults.filter(isTimed), NO_COVERAGE, '--timeout=900', '--jobs=1'),
    suites(
      'fault',
      faults.filter(file => !isTimed(file)),
      NO_COVERAGE,
      '--timeout=900',
      '--jobs=2',
    ),
  ].filter(({ files: chosen }) => chosen.length > 0)
}

/** `CI` keeps tap from redrawing lines of a log: it gets one for each file, and what failed. */
const plainInLogs = (): NodeJS.ProcessEnv => (process.stdout.isTTY ? {} : { CI: '1' })

/** Compiling what it imports is half of what a short process does; what coverage tells is coarser with it. */
const compiledOnce = (args: readonly string[]): NodeJS.ProcessEnv =>
  args.includes(NO_COVERAGE)
    ? { NODE_COMPILE_CACHE: resolve('node_modules', '.cache', 'node') }
    : {}

const showCursor = '\u001b[?25h'

interface TapRun {
  readonly code: number
  /** What it printed; nothing when that went to a terminal, which redraws it. */
  readonly printed: string
}

const runTap = async (args: readonly string[]): Promise<TapRun> => {
  const path = `${join(process.cwd(), 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`
  const child = spawn('node_modules/.bin/tap', ['--reporter=base', ...args], {
    env: { ...process.env, ...plainInLogs(), ...compiledOnce(args), PATH: path },
    stdio: ['inherit', process.stdout.isTTY ? 'inherit' : 'pipe', 'inherit'],
    detached: true,
  })
  let printed = ''
  child.stdout?.setEncoding('utf8').on('data', text => {
    printed += text
    process.stdout.write(text)
  })
  // Tests get the chance to end what they started; tap itself takes no notice of a SIGTERM.
  const end = (): void => {
    signalGroup(child, 'SIGTERM')
    child.kill('SIGKILL')
    if (process.stdout.isTTY) process.stdout.write(showCursor)
  }
  exitOnSignals()
  process.once('exit', end)
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', status => resolve(status ?? 1))
  })
  process.off('exit', end)
  return { code, printed }
}

/** What tap fails for besides assertions, coverage above all, is a failure like any other. */
const countExitCode = (tally: Tally, code: number, suites: Suites): Tally => {
  if (code === 0 || tally.failures.length > 0) return tally
  const detail = `tap ended with ${code} although no assertion failed; it says above why`
  return { ...tally, failures: [{ name: `${suites.name} suites`, detail }] }
}

export const runSuites = async (suites: Suites): Promise<Tally> => {
  const folder = mkdtempSync(join(tmpdir(), 'gloo-istio-tap-'))
  const tapFile = join(folder, 'output.tap')
  console.log(`\n${suites.name} suites`)
  try {
    const flags = [`--output-file=${tapFile}`, ...suites.flags]
    const { code, printed } = await runTap([...flags, ...suites.files])
    return countExitCode(withLastWords(await readTally(tapFile), printed), code, suites)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
