import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createBuilder } from '../image/builder.ts'
import { runOrThrow } from '../parts/command.ts'

/** Builds images for a node: each becomes an archive in the folder. */
export const imageBuilder = (dir: string) => {
  mkdirSync(dir, { recursive: true })
  const store = ['--root', join(dir, 'store'), '--runroot', join(dir, 'run')]
  /** Returns the path of an archive in Docker's form. */
  const archive = async (image: string): Promise<string> => {
    const file = join(dir, `${image.replaceAll(/[/:]/g, '-')}.tar`)
    const args = [...store, '--storage-driver', 'vfs', 'push', '--quiet', image]
    await runOrThrow({ file: 'buildah', args: [...args, `docker-archive:${file}:${image}`] })
    return file
  }
  return { build: createBuilder(dir).build, archive }
}
