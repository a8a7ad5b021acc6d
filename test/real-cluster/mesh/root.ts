import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { REQUIRE } from '../../../build/bundle.ts'
import { writeRuntimeBase } from '../../image/bases.ts'
import { requirePart } from '../../parts/parts.ts'

/** Where the base has Node. */
export const NODE = '/nodejs/bin/node'
export const PROGRAMS = '/app'
export const BINARIES = '/usr/local/bin'

const SOURCES = fileURLToPath(new URL('programs', import.meta.url))
const SDS_PROTO = fileURLToPath(new URL('../../stand-ins/sds.proto', import.meta.url))

/** Beside what Node needs, Envoy wants one library more, which is where the others are. */
const MORE_LIBRARIES = ['librt.so.1']

const addLibraries = (root: string): void => {
  const found = readdirSync(root, { recursive: true, withFileTypes: true })
  const libm = found.find(({ name }) => name === 'libm.so.6')
  if (libm === undefined) throw new Error('the base of images has no libm.so.6')
  const here = libm.parentPath.slice(root.length)
  for (const name of MORE_LIBRARIES) copyFileSync(join(here, name), join(libm.parentPath, name))
}

const addBinaries = (root: string): void => {
  const to = join(root, BINARIES)
  mkdirSync(to, { recursive: true })
  copyFileSync(requirePart('envoy').envoy, join(to, 'envoy'))
  const { pilotAgent, pilotDiscovery } = requirePart('istio')
  copyFileSync(pilotAgent, join(to, 'pilot-agent'))
  copyFileSync(pilotDiscovery, join(to, 'pilot-discovery'))
}

const addPrograms = async (root: string): Promise<void> => {
  const outdir = join(root, PROGRAMS)
  await build({
    entryPoints: readdirSync(SOURCES).map(name => join(SOURCES, name)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: REQUIRE },
    logLevel: 'warning',
  })
  copyFileSync(SDS_PROTO, join(outdir, 'sds.proto'))
}

/** The file system of every image of the mesh, in `folder`/root: one, as they share most of it. */
export const writeRoot = async (folder: string): Promise<string> => {
  writeRuntimeBase(folder)
  const root = join(folder, 'root')
  addLibraries(root)
  addBinaries(root)
  await addPrograms(root)
  for (const empty of ['tmp', 'etc/istio', 'var/run/secrets'])
    mkdirSync(join(root, empty), { recursive: true })
  return root
}
