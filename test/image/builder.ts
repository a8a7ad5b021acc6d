import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from '../parts/command.ts'
import type { Tool } from '../parts/part.ts'

const isPresent = (program: string) => () =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

const buildah: Tool = {
  name: 'buildah',
  install: 'apt install buildah',
  isPresent: isPresent('buildah'),
}

const runc: Tool = { name: 'runc', install: 'apt install runc', isPresent: isPresent('runc') }

const root: Tool = {
  name: 'root, on Linux',
  install: 'sudo npm test -- test/image/image.test.ts',
  isPresent: () => process.platform === 'linux' && process.getuid?.() === 0,
}

/** The reason to skip what builds and runs images, or `false`: made for tap's option `skip`. */
export const skipWithoutBuilder = (): string | false => {
  const missing = [root, buildah, runc].filter(tool => !tool.isPresent())
  return (
    missing.length > 0 &&
    missing.map(({ name, install }) => `needs ${name} (${install})`).join('; ')
  )
}

export interface Build {
  readonly name: string
  readonly context: string
  readonly arguments?: Readonly<Record<string, string>>
  /** Folders of this machine that the steps see: here, and there. */
  readonly volumes?: readonly (readonly [string, string])[]
}

/** What an image says of itself (image-spec@v1.1.0:config.md). */
export interface ImageConfig {
  readonly User: string
  readonly ExposedPorts: Readonly<Record<string, unknown>>
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly WorkingDir: string
  readonly Labels: Readonly<Record<string, string>>
}

const read = (folder: string, path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'))

/** Buildah with a store of its own; nothing is pulled. */
export const createBuilder = (dir: string) => {
  const store = ['--root', join(dir, 'store'), '--runroot', join(dir, 'run')]
  const call = async (...args: string[]): Promise<string> => {
    const output = await runOrThrow({
      file: 'buildah',
      args: [...store, '--storage-driver', 'vfs', ...args],
    })
    return output.trim()
  }
  const build = (of: Build): Promise<string> =>
    call(
      'build',
      '--isolation=chroot',
      '--pull-never',
      '--quiet',
      `--tag=${of.name}`,
      ...Object.entries(of.arguments ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
      ...(of.volumes ?? []).map(([here, there]) => `--volume=${here}:${there}`),
      of.context,
    )
  /** The files of an image, in a folder. */
  const mount = async (image: string): Promise<string> =>
    call('mount', await call('from', '--pull-never', image))
  const configOf = async (image: string): Promise<ImageConfig> =>
    JSON.parse(await call('inspect', '--type', 'image', image)).OCIv1.config
  /** Compressed bytes of each layer, as a registry would hold them; the last is our own. */
  const layerSizes = async (image: string): Promise<readonly number[]> => {
    const layout = join(dir, 'layout')
    await call('push', '--quiet', image, `oci:${layout}`)
    const blob = (digest: string) => read(layout, join('blobs', digest.replace(':', '/')))
    const { manifests } = read(layout, 'index.json')
    const { layers } = blob(manifests[0].digest) as { layers: readonly { size: number }[] }
    return layers.map(({ size }) => size)
  }
  const close = async (): Promise<void> => {
    await call('rm', '--all')
  }
  return { build, mount, configOf, layerSizes, close }
}
