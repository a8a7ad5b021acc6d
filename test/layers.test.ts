import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'

// The import wall, a second time: a suppression comment gets past the linter, not past this.
const ROOT = fileURLToPath(new URL('../src', import.meta.url))
const ADAPTERS = [
  'certs',
  'cli',
  'cluster',
  'config',
  'dashboard',
  'envoy',
  'page',
  'reconcile',
  'server',
  'telemetry',
]
// Where adapters are put together.
const ROOTS = ['', 'commands']
const CORE_PACKAGES = ['fast-json-patch']

const files = globSync('**/*.ts', { cwd: ROOT })
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const importsOf = (file: string) =>
  [...textOf(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier = '']) => specifier,
  )
const layerOf = (file: string) => (file.includes('/') ? dirname(file) : '')
const isLocal = (specifier: string) => specifier.startsWith('.')

for (const file of files)
  t.test(file, async t => {
    const layer = layerOf(file)
    const imports = importsOf(file)
    const layers = imports
      .filter(isLocal)
      .map(path => layerOf(normalize(join(dirname(file), path))))
    if (layer === 'core') {
      t.strictSame(
        layers.filter(found => found !== 'core'),
        [],
        'core imports core',
      )
      t.strictSame(
        imports.filter(path => !isLocal(path) && !CORE_PACKAGES.includes(path)),
        [],
      )
      t.notMatch(
        textOf(file),
        /\b(process|fetch|setTimeout|setInterval|Math\.random)\b\s*[.(]|new Date|Date\.now/,
      )
    }
    if (ADAPTERS.includes(layer))
      t.strictSame(
        layers.filter(found => found !== 'core' && found !== layer),
        [],
        'adapters import core and their own',
      )
    t.notMatch(textOf(file), /biome-ignore|oxlint-disable|@ts-/, 'no suppression')
  })

t.test('every folder is a layer that is known', async t => {
  const known = ['core', ...ROOTS, ...ADAPTERS]
  t.strictSame(
    [...new Set(files.map(layerOf))].filter(layer => !known.includes(layer)),
    [],
  )
})
