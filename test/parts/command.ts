import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { track } from './processes.ts'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Called with each line of stderr, where tools report their progress. */
  readonly onLine?: (line: string) => void
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

export class CommandError extends Error {
  readonly code = 'COMMAND'
}

/** Runs to the end and reports the exit code, whatever it is. */
export const run = async ({ file, args, onLine, ...options }: Command): Promise<Outcome> => {
  const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  track(child)
  const out: string[] = []
  const err: string[] = []
  createInterface({ input: child.stdout }).on('line', line => out.push(line))
  createInterface({ input: child.stderr }).on('line', line => {
    err.push(line)
    onLine?.(line)
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', status => resolve(status ?? 1))
  })
  return { stdout: out.join('\n'), stderr: err.join('\n'), code }
}

/** For the steps of making a part: anything but success is an error with the tool's last words. */
export const runOrThrow = async (command: Command): Promise<string> => {
  const { stdout, stderr, code } = await run(command)
  if (code === 0) return stdout
  const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n')
  throw new CommandError(`${command.file} ${command.args.join(' ')} ended with ${code}:\n${last}`)
}
