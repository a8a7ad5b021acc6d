import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NPM_CACHE, npmCache, writeBuildBase, writeRuntimeBase } from '../image/bases.ts'
import type { Build } from '../image/builder.ts'
import { imageBuilder } from './builder.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BASES = { BUILD_IMAGE: 'localhost/build-base', RUNTIME_IMAGE: 'localhost/runtime-base' }

/** What the product's image is called where tests make it. */
export const PRODUCT_IMAGE = 'localhost/gloo-istio:test'

interface Builder {
  readonly build: (of: Build) => Promise<string>
}

/** Builds the image of the Dockerfile on bases of this machine's own files. */
export const buildProduct = async (builder: Builder, dir: string): Promise<void> => {
  const base = async (name: string, write: (folder: string) => void) => {
    const context = join(dir, 'context')
    mkdirSync(context)
    write(context)
    await builder.build({ name, context })
    rmSync(context, { recursive: true })
  }
  await base(BASES.BUILD_IMAGE, writeBuildBase)
  await base(BASES.RUNTIME_IMAGE, writeRuntimeBase)
  const volumes = [[npmCache(), NPM_CACHE]] as const
  await builder.build({ name: PRODUCT_IMAGE, context: ROOT, arguments: BASES, volumes })
}

/** The same, as an archive in Docker's form; returns its path. */
export const archiveProduct = async (dir: string): Promise<string> => {
  const builder = imageBuilder(dir)
  await buildProduct(builder, dir)
  return builder.archive(PRODUCT_IMAGE)
}
