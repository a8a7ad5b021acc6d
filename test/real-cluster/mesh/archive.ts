import { createHash } from 'node:crypto'
import { createReadStream, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from '../../parts/command.ts'

/** What starts, and what it is told beside that. */
export interface Image {
  /** With a tag. */
  readonly name: string
  readonly entrypoint: readonly string[]
  readonly env?: readonly string[]
}

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

/** image-spec@v1.1.0:config.md */
const configOf = ({ entrypoint, env = [] }: Image, layer: string) => ({
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  os: 'linux',
  config: { Entrypoint: entrypoint, Env: ['PATH=/usr/local/bin', ...env], WorkingDir: '/' },
  rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
})

const LAYER = 'layer.tar'

/**
 * A docker-archive of images that have one file system, `root`, and start different things of it: as
 * `docker save` writes it, and containerd, kind and minikube load it. Answers the file, which is in `dir`.
 */
export const writeArchive = async (
  dir: string,
  root: string,
  images: readonly Image[],
): Promise<string> => {
  const file = join(dir, 'images.tar')
  const tar = (...args: string[]) => runOrThrow({ file: 'tar', args, cwd: dir })
  await tar('-cf', LAYER, '--owner=0', '--group=0', '-C', root, '.')
  const layer = await sha256Of(join(dir, LAYER))
  const manifest = images.map((image, at) => {
    const Config = `config-${at}.json`
    writeFileSync(join(dir, Config), JSON.stringify(configOf(image, layer)))
    return { Config, RepoTags: [image.name], Layers: [LAYER] }
  })
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest))
  await tar('-cf', file, 'manifest.json', LAYER, ...manifest.map(({ Config }) => Config))
  rmSync(join(dir, LAYER))
  return file
}
