import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem, type } from 'node:os'

/** The core that a measured server has to itself; every other program of the bench keeps off it. */
const SERVER_CORE = 0

/** Whether programs can be told which core to run on, and there is one for the rest. */
const isPinning = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0

export const canPin = (): boolean => isPinning

/** The command line that keeps a program on the core of the server; as it is where cores cannot be told. */
export const pinned = (file: string, args: readonly string[]) =>
  canPin()
    ? { file: 'taskset', args: ['--cpu-list', String(SERVER_CORE), file, ...args] }
    : { file, args }

const keepTo = (cores: string): void => {
  if (!canPin()) return
  spawnSync('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(process.pid)])
}

const LAST_CORE = cpus().length - 1

/** Has this process, and what it starts from now on, keep off the core of the server. */
export const leaveServerCore = (): void => keepTo(`${SERVER_CORE + 1}-${LAST_CORE}`)

/** Has this process run on all cores again, as nothing is served beside it. */
export const takeAllCores = (): void => keepTo(`0-${LAST_CORE}`)

/** `2 cores of Intel(R) Xeon(R) Processor, 23 GiB, Linux 6.1.0, Node 24.21.0` */
export const machine = (): string => {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const cores = `${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown make'}`
  return `${cores}, ${memory}, ${type()} ${release()}, Node ${process.versions.node}`
}
