import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

export interface Program {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly log: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

export interface Running {
  readonly name: string
  readonly pid: number
  readonly log: string
  readonly hasExited: () => boolean
  /** Its exit code, or the signal that ended it; undefined while it runs. */
  readonly ending: () => number | string | undefined
  /** Of what it has written to its log, and none before it. */
  readonly lastLines: () => string
  /** SIGTERM, then SIGKILL once the grace is over; returns when nothing of it is left. */
  readonly stop: (graceMs?: number) => Promise<void>
}

const running = new Set<ChildProcess>()

/** Each child leads a process group of its own, so that what it starts in turn ends with it. */
export const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // The group is gone already, which is all that was wanted.
  }
}

const killAll = (): void => {
  for (const child of running) signalGroup(child, 'SIGKILL')
}

let watching = false

/** So that a signal ends this process by way of its exit listeners, which take the children along. */
export const exitOnSignals = (): void => {
  if (watching) return
  watching = true
  process.once('exit', killAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
}

/** From now on the child, which must be spawned detached, dies with this process. */
export const track = (child: ChildProcess): void => {
  exitOnSignals()
  running.add(child)
  child.once('exit', () => running.delete(child))
}

/** The last lines of a file, of those that begin at a byte. */
const tail = (file: string, begin: number): string =>
  readFileSync(file).subarray(begin).toString().trimEnd().split('\n').slice(-20).join('\n')

const spawnLogged = (program: Program): ChildProcess => {
  const log = openSync(program.log, 'a')
  const { cwd, env = process.env } = program
  const stdio = ['ignore', log, log] as const
  const child = spawn(program.file, program.args, { cwd, env, stdio: [...stdio], detached: true })
  closeSync(log)
  return child
}

export const start = async (program: Program): Promise<Running> => {
  const begin = statSync(program.log, { throwIfNoEntry: false })?.size ?? 0
  const child = spawnLogged(program)
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  track(child)
  const ending = () => child.exitCode ?? child.signalCode ?? undefined
  return {
    name: program.name,
    pid: child.pid ?? 0,
    log: program.log,
    hasExited: () => ending() !== undefined,
    ending,
    lastLines: () => tail(program.log, begin),
    stop: (graceMs = 5_000) => stop(child, exited, graceMs),
  }
}

const stop = async (child: ChildProcess, exited: Promise<void>, graceMs: number): Promise<void> => {
  const grace = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  if (running.has(child)) signalGroup(child, 'SIGTERM')
  await exited
  clearTimeout(grace)
  signalGroup(child, 'SIGKILL')
}

export class NotReadyError extends Error {
  readonly code = 'NOT_READY'
}

const describe = (program: Running): string =>
  `${program.name} (${program.log}) ends with:\n${program.lastLines()}`

/** Polls until ready; ends early, with the last words of whatever has given up. */
export const waitUntilReady = async (
  programs: readonly Running[],
  isReady: () => Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> => {
  const deadline = Date.now() + deadlineMs
  while (!(await isReady())) {
    const ended = programs.find(program => program.hasExited())
    if (ended) {
      const how = `${ended.name} ended early (${ended.ending()})`
      throw new NotReadyError(`${how}; ${describe(ended)}`)
    }
    if (Date.now() > deadline) {
      const words = programs.map(describe).join('\n\n')
      throw new NotReadyError(`not ready after ${deadlineMs / 1000} s\n${words}`)
    }
    await delay(100)
  }
}
