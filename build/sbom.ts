import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// Writes what the program consists of, in both formats: npm run sbom -- --out FOLDER
const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } })
const root = fileURLToPath(new URL('..', import.meta.url))

type Json = Readonly<Record<string, unknown>>

const read = (file: string): Json => JSON.parse(readFileSync(join(root, file), 'utf8')) as Json

/** A copy of package.json or of its entry in the lockfile that knows nothing of development. */
const withoutDevelopment = (manifest: Json): Json => ({ ...manifest, devDependencies: {} })

/** The lockfile's packages that are part of the program. */
const productionPackages = ({ packages }: Json): Json =>
  Object.fromEntries(
    Object.entries(packages as Readonly<Record<string, Json>>)
      .filter(([, { dev }]) => dev !== true)
      .map(([folder, found]) => [folder, folder === '' ? withoutDevelopment(found) : found]),
  )

/**
 * npm names the program after its folder; and with `--omit=dev` it omits what the program and
 * development share, too (npm/cli#7909). So it is shown a folder of that name without development.
 */
const prepare = (folder: string): void => {
  mkdirSync(folder)
  const write = (file: string, content: Json) =>
    writeFileSync(join(folder, file), JSON.stringify(content))
  const lockfile = read('package-lock.json')
  write('package.json', withoutDevelopment(read('package.json')))
  write('package-lock.json', { ...lockfile, packages: productionPackages(lockfile) })
}

/** By the lockfile alone, so that it says the same on every machine. */
const sbom = (cwd: string, format: 'cyclonedx' | 'spdx'): Json => {
  const args = ['sbom', '--package-lock-only', '--sbom-type=application', `--sbom-format=${format}`]
  const options = { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const
  const { status, stdout, stderr, error } = spawnSync('npm', args, options)
  if (status === 0) return JSON.parse(stdout) as Json
  throw new Error(`npm sbom failed: ${error?.message ?? stderr}`)
}

/**
 * Without the random number and the time, which CycloneDX 1.5 lets one leave out: an image whose
 * sources did not change does not change either.
 */
const repeatable = (document: Json): Json => ({
  ...document,
  serialNumber: undefined,
  metadata: { ...(document['metadata'] as Json), timestamp: undefined },
})

const write = (file: string, document: Json): void => {
  writeFileSync(join(values.out, file), `${JSON.stringify(document, null, 2)}\n`)
  console.log(join(values.out, file))
}

const scratch = mkdtempSync(join(tmpdir(), 'gloo-istio-sbom-'))
try {
  const folder = join(scratch, 'gloo-istio')
  prepare(folder)
  mkdirSync(values.out, { recursive: true })
  // Scanners of images look for these endings.
  write('sbom.cdx.json', repeatable(sbom(folder, 'cyclonedx')))
  write('sbom.spdx.json', sbom(folder, 'spdx'))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
