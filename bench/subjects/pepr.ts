import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { runOrThrow } from '../../test/parts/command.ts'
import { madePart } from '../../test/parts/made-part.ts'
import type { Part } from '../../test/parts/part.ts'
import { npm } from '../../test/parts/tools.ts'
import { answersOk } from './health.ts'
import { peprStore } from './pepr-store.ts'
import type { Subject } from './subject.ts'

/** Not what npm calls `latest`, which is older. */
const VERSION = '1.1.4'
const MODULE = fileURLToPath(new URL('pepr/module.js', import.meta.url))
const BUNDLE = fileURLToPath(new URL('../results/pepr.cjs', import.meta.url))
/** Secret where it is in earnest: who knows it may ask for reviews. */
const API_PATH = 'bench'

const PART: Part<{ manifest: string }> = {
  name: 'pepr',
  version: VERSION,
  about: 'installed by npm: about a minute the first time',
  tools: [npm],
  binaries: at => ({ manifest: at('node_modules/pepr/package.json') }),
  make: async folder => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
    // What its command line needs is among its peers, and nothing that its webhook does.
    const flags = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund']
    await runOrThrow({ file: 'npm', args: ['install', ...flags, `pepr@${VERSION}`], cwd: folder })
  },
}

/** As `pepr build` does it (pepr@v1.1.4:src/cli/build/buildModule.ts). */
const bundle = () =>
  build({
    entryPoints: [MODULE],
    outfile: BUNDLE,
    bundle: true,
    external: ['pepr', '@kubernetes/client-node'],
    format: 'cjs',
    keepNames: true,
    legalComments: 'external',
    minify: true,
    platform: 'node',
    treeShaking: true,
    logLevel: 'error',
  })

/** The other admission controller on Node, with the same change to the same Upstreams. */
export const pepr = (): Subject => {
  let modules = ''
  let kubeconfig = ''
  return {
    name: `Pepr ${VERSION}`,
    path: `/mutate/${API_PATH}`,
    isReady: port => answersOk(port, '/healthz'),
    prepare: async say => {
      modules = join((await madePart(PART, say)).manifest, '..', '..')
      await bundle()
      kubeconfig = await peprStore()
    },
    launch: ({ dir, port, certFile, keyFile }) => {
      const file = join(dir, 'pepr.kubeconfig')
      writeFileSync(file, kubeconfig)
      const env = {
        KUBECONFIG: file,
        NODE_PATH: modules,
        PEPR_API_PATH: API_PATH,
        SSL_CERT_PATH: certFile,
        SSL_KEY_PATH: keyFile,
      }
      return { file: process.execPath, args: [BUNDLE, String(port)], env }
    },
  }
}
