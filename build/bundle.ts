import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { slimClient } from './slim-client.ts'

/**
 * Packages that are CommonJS ask for Node's own modules by `require`, which an ES module lacks. esbuild
 * uses the one in scope, where there is one.
 */
export const REQUIRE = [
  "import { createRequire as createRequireOfBundle } from 'node:module'",
  'const require = createRequireOfBundle(import.meta.url)',
].join('\n')

export interface BundleOptions {
  /** The folder that holds `src` and `node_modules`. */
  readonly root: string
  /** Where `cli.js` goes, and the chunks that it loads when they are asked for. */
  readonly out: string
}

/** What the browser is given as it stands in the sources. */
const PAGE_ASSETS = /\.(html|css|svg)$/

/** The dashboard's page, its modules in one script. It has no package. */
const bundlePage = async ({ root, out }: BundleOptions): Promise<Metafile> => {
  const [from, to] = [join(root, 'src/page'), join(out, 'page')]
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/page/main.ts'],
    outdir: to,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    logLevel: 'warning',
  })
  for (const name of readdirSync(from))
    if (PAGE_ASSETS.test(name)) cpSync(join(from, name), join(to, name))
  return metafile
}

/**
 * The program and its packages in a few files, and the page of its dashboard. Split, so that a command loads what it needs: a client
 * for the API server or traces only where they are asked for. Not minified: a stack trace is to be read.
 */
export const bundle = async ({ root, out }: BundleOptions): Promise<Metafile> => {
  const page = await bundlePage({ root, out })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // The oldest Node of package.json's `engines`.
    target: 'node22.19',
    banner: { js: REQUIRE },
    plugins: [slimClient],
    metafile: true,
    logLevel: 'warning',
  })
  return {
    inputs: { ...metafile.inputs, ...page.inputs },
    outputs: { ...metafile.outputs, ...page.outputs },
  }
}
