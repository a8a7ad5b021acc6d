import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { isAllowed, licenceProblems } from './harness/licences.ts'
import {
  installedIn,
  type LockedPackage,
  type Lockfile,
  lockfileProblems,
  type Manifest,
  nameOf,
} from './harness/lockfile.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
const lockfile: Lockfile = read('package-lock.json')
const manifest: Manifest = read('package.json')

t.test('every package is pinned, hashed and from the public registry', async t => {
  t.ok(installedIn(lockfile).length > 300)
  t.strictSame(lockfileProblems(lockfile, manifest), [])
})

t.test('every licence is on the list', async t => {
  t.strictSame(licenceProblems(lockfile), [])
})

const INTEGRITY = `sha512-${'A'.repeat(86)}==`
const one: LockedPackage = { version: '1.0.0', integrity: INTEGRITY, license: 'MIT' }
const dependencies = { one: '1.0.0' }
const small = (changed: Partial<LockedPackage>): Lockfile => ({
  lockfileVersion: 3,
  packages: { '': { dependencies }, 'node_modules/one': { ...one, ...changed } },
})
const smallManifest: Manifest = { dependencies, devDependencies: {}, allowScripts: {} }

const LOCKFILES: readonly (readonly [string, Lockfile, Manifest, readonly string[]])[] = [
  ['nothing wrong', small({}), smallManifest, []],
  [
    'a weak hash',
    small({ integrity: 'sha1-AAAA' }),
    smallManifest,
    ['node_modules/one has no SHA-512 integrity: run npm install again'],
  ],
  [
    'another registry',
    small({ resolved: 'https://npm.example.com/one.tgz' }),
    smallManifest,
    [
      'node_modules/one comes from https://npm.example.com/one.tgz, not from https://registry.npmjs.org/',
    ],
  ],
  [
    'an install script that nobody looked at',
    small({ hasInstallScript: true }),
    smallManifest,
    ['one has an install script: look at it, then name it in allowScripts'],
  ],
  [
    'an install script in the program',
    small({ hasInstallScript: true }),
    { ...smallManifest, allowScripts: { one: true } },
    ['one runs an install script, and is part of the program'],
  ],
  [
    'another version than package.json asks for',
    small({ version: '1.0.1' }),
    smallManifest,
    ['dependencies: one is 1.0.0 in package.json, 1.0.0 and 1.0.1 locked'],
  ],
  [
    'a range',
    small({}),
    { ...smallManifest, dependencies: { one: '^1.0.0' } },
    ['dependencies: one is ^1.0.0 in package.json, 1.0.0 and 1.0.0 locked'],
  ],
  [
    'a package that package.json has dropped',
    small({}),
    { ...smallManifest, dependencies: {} },
    ['dependencies: one is undefined in package.json, 1.0.0 and 1.0.0 locked'],
  ],
  [
    'an older form',
    { ...small({}), lockfileVersion: 2 },
    smallManifest,
    ['lockfileVersion is not 3'],
  ],
]
for (const [title, lockfile, manifest, problems] of LOCKFILES)
  t.test(`lockfile: ${title}`, async t =>
    t.strictSame(lockfileProblems(lockfile, manifest), problems),
  )

t.test('a licence that is not on the list is told by package and licence', async t => {
  t.strictSame(licenceProblems(small({ license: 'AGPL-3.0-only' })), [
    'one@1.0.0, for the program: licence AGPL-3.0-only is not on the list',
  ])
  const { license: _, ...silent } = one
  const packages = { 'node_modules/a/node_modules/one': { ...silent, dev: true } }
  t.strictSame(licenceProblems({ lockfileVersion: 3, packages }), [
    'one@1.0.0, for development: licence not told is not on the list',
  ])
})

t.test('what was looked at for development is not thereby part of the program', async t => {
  const spdx = { ...one, version: '2.5.0', license: 'CC-BY-3.0' }
  const of = (found: LockedPackage) =>
    licenceProblems({ lockfileVersion: 3, packages: { 'node_modules/spdx-exceptions': found } })
  t.strictSame(of({ ...spdx, dev: true }), [])
  t.strictSame(of(spdx).length, 1)
})

const EXPRESSIONS: readonly (readonly [string, boolean])[] = [
  ['MIT', true],
  ['(MIT OR GPL-2.0)', true],
  ['GPL-2.0 OR MIT', true],
  ['MIT AND Apache-2.0', true],
  ['MIT AND GPL-2.0', false],
  ['(MIT OR GPL-2.0) AND (GPL-2.0 OR MIT)', false],
  ['MIT-0', false],
  ['', false],
]
for (const [expression, allowed] of EXPRESSIONS)
  t.test(`licence ${expression || 'none'}`, async t => t.equal(isAllowed(expression), allowed))

interface Component {
  readonly name: string
  readonly version: string
  readonly hashes: readonly { readonly alg: string; readonly content: string }[]
  readonly licenses: readonly {
    readonly license?: { readonly id: string }
    readonly expression?: string
  }[]
}

interface SpdxPackage {
  readonly name: string
  readonly versionInfo: string
  readonly licenseDeclared: string
  readonly checksums?: readonly { readonly algorithm: string; readonly checksumValue: string }[]
}

const hex = (integrity = '') =>
  Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')

/** Name, version, licence and hash of each package of the program, by the lockfile. */
const production = installedIn(lockfile)
  .filter(([, { dev }]) => !dev)
  .map(([folder, { version = '', license = '', integrity }]) =>
    [nameOf(folder), version, license, hex(integrity)].join(' '),
  )
const unique = (lines: readonly string[]) => [...new Set(lines)].toSorted()

t.test('the SBOM names each package of the program with version, licence and hash', async t => {
  const out = t.testdir()
  const build = () => {
    const args = ['build/sbom.ts', '--out', out]
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
    t.equal(status, 0, stderr)
    return readFileSync(join(out, 'sbom.cdx.json'), 'utf8')
  }
  const first = build()
  t.equal(build(), first, 'two runs are equal')
  t.ok(production.length > 50)

  const { bomFormat, metadata, components } = JSON.parse(first)
  t.equal(bomFormat, 'CycloneDX')
  t.match(metadata.component, { name: 'gloo-istio', type: 'application' })
  t.strictSame(
    unique(
      (components as readonly Component[]).map(({ name, version, licenses, hashes }) => {
        const [{ license, expression } = {}] = licenses
        const sha512 = hashes.find(({ alg }) => alg === 'SHA-512')?.content
        return [name, version, license?.id ?? expression, sha512].join(' ')
      }),
    ),
    unique(production),
  )

  const spdx = JSON.parse(readFileSync(join(out, 'sbom.spdx.json'), 'utf8'))
  t.equal(spdx.spdxVersion, 'SPDX-2.3')
  const [program, ...packages] = spdx.packages as readonly SpdxPackage[]
  t.equal(program?.name, 'gloo-istio')
  t.strictSame(
    unique(
      packages.map(({ name, versionInfo, licenseDeclared, checksums = [] }) => {
        const sha512 = checksums.find(({ algorithm }) => algorithm === 'SHA512')?.checksumValue
        return [name, versionInfo, licenseDeclared, sha512].join(' ')
      }),
    ),
    unique(production),
  )
})
