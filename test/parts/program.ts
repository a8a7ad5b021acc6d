import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOrThrow } from './command.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Names the bundle that `npm test` has made; without it the program runs from source, in three times the CPU. */
export const BUNDLE_VARIABLE = 'GLOO_ISTIO_TESTED_CLI'

/** The command line, as it is shipped or from source. */
export const CLI = process.env[BUNDLE_VARIABLE] ?? join(ROOT, 'src/cli.ts')

/** What the image starts Node with before the program; the image's own tests compare. */
export const NODE_FLAGS = ['--no-maglev-destroy-on-background', '--no-memory-reducer']

/** The environment that the image gives; the image's own tests compare. */
export const IMAGE_ENVIRONMENT = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1' }

/** What the chart tells Node by its environment with the default limit of 1 Gi; the chart's own tests compare. */
export const NODE_OPTIONS = '--max-old-space-size=614 --max-semi-space-size=4'

/** Bundles the program into `folder` as its image has it, with its package.json above; returns its command line. */
export const bundleProgram = async (folder: string): Promise<string> => {
  const dist = join(folder, 'dist')
  mkdirSync(folder, { recursive: true })
  await runOrThrow({ file: process.execPath, args: [join(ROOT, 'build/main.ts'), '--out', dist] })
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  return join(dist, 'cli.js')
}
