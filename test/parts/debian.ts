import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import PQueue from 'p-queue'
import { runOrThrow } from './command.ts'
import type { Tool } from './part.ts'

export const isRunnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first program of these names on the PATH; undefined when there is none. */
export const onPath = (...names: readonly string[]): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(':')
    .flatMap(folder => names.map(name => join(folder, name)))
    .find(isRunnable)

/** For what is on the machine already, or comes from Debian, which only root may ask for it. */
export const rootOnDebian = (name: string, install: string): Tool => ({
  name: `${name}, or root on Debian to install it`,
  install,
  isPresent: () =>
    process.getuid?.() === 0 &&
    spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0,
})

// It locks its lists, and gives up where they are locked.
const queue = new PQueue({ concurrency: 1 })

/** Runs apt-get there, in `cwd` if that is given. Throws CommandError with its last words. */
export const apt = (args: readonly string[], cwd?: string): Promise<string> =>
  queue.add(() =>
    runOrThrow({
      file: 'apt-get',
      args: ['-qq', ...args],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      ...(cwd !== undefined && { cwd }),
    }),
  )
