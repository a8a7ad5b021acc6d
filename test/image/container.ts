import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Outcome, run } from '../parts/command.ts'
import { type Running, start } from '../parts/processes.ts'
import type { ImageConfig } from './builder.ts'

export interface Container {
  readonly name: string
  /** For what is written about the container; nothing of it is seen inside. */
  readonly dir: string
  /** The files of the image. */
  readonly rootfs: string
  readonly image: ImageConfig
  /** What the kubelet appends to the entrypoint. */
  readonly args: readonly string[]
  readonly environment?: readonly string[]
  /** Folders of this machine to be read inside: here, and there. */
  readonly volumes?: readonly (readonly [string, string])[]
}

const bind = ([source, destination]: readonly [string, string]) => ({
  source,
  destination,
  type: 'bind',
  options: ['bind', 'ro'],
})

/**
 * What a kubelet makes of the chart's securityContext (runtime-spec@v1.0.2:config.md): the image's own
 * user, a root that is read only, no capability. The network is this machine's, to be spoken to from here.
 */
const specOf = ({ image, rootfs, args, environment = [], volumes = [] }: Container) => {
  const [uid, gid] = image.User.split(':').map(Number)
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid },
      args: [...image.Entrypoint, ...args],
      env: [...image.Env, ...environment],
      cwd: image.WorkingDir,
      noNewPrivileges: true,
      capabilities: {},
    },
    root: { path: rootfs, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      ...volumes.map(bind),
    ],
    linux: { namespaces: ['pid', 'ipc', 'uts', 'mount'].map(type => ({ type })) },
  }
}

const pidFile = ({ dir, name }: Container): string => join(dir, `${name}.pid`)

const runc = ({ dir, name }: Container, command: string, ...flags: string[]): readonly string[] => [
  `--root=${join(dir, 'runc')}`,
  command,
  ...flags,
  name,
]

const runOf = (container: Container): readonly string[] => {
  writeFileSync(join(container.dir, 'config.json'), JSON.stringify(specOf(container)))
  const flags = [`--bundle=${container.dir}`, `--pid-file=${pidFile(container)}`]
  return runc(container, 'run', ...flags)
}

/** Runs to its end. */
export const runContainer = (container: Container): Promise<Outcome> =>
  run({ file: 'runc', args: runOf(container) })

export interface RunningContainer extends Running {
  /** As this machine's kernel has it. */
  readonly status: (field: string) => string | undefined
  readonly mountOptions: (point: string) => readonly string[]
}

/** Runs until it is stopped; runc passes signals on. */
export const startContainer = async (container: Container): Promise<RunningContainer> => {
  const { dir, name } = container
  const log = join(dir, `${name}.log`)
  // What is in a container outlives a runc that is killed.
  const discard = () => spawnSync('runc', runc(container, 'delete', '--force'), { stdio: 'ignore' })
  process.prependOnceListener('exit', discard)
  const running = await start({ name, file: 'runc', args: runOf(container), log })
  const proc = (file: string) =>
    readFileSync(`/proc/${readFileSync(pidFile(container), 'utf8')}/${file}`, 'utf8')
  return {
    ...running,
    stop: async grace => {
      await running.stop(grace)
      discard()
      process.off('exit', discard)
    },
    status: field => new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(proc('status'))?.[1],
    mountOptions: point =>
      proc('mountinfo')
        .split('\n')
        .map(line => line.split(' '))
        .filter(fields => fields[4] === point)
        .flatMap(fields => fields[5]?.split(',') ?? []),
  }
}
