import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { bundle } from '../build/bundle.ts'
import { noticesFor, packagesIn } from '../build/notices.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const dir = t.testdir()

const runNode = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })

/** As in the image: package.json, and beside it the bundle, and no package anywhere above. */
const build = (place: string) => {
  mkdirSync(join(dir, place))
  writeFileSync(join(dir, place, 'package.json'), readFileSync(join(ROOT, 'package.json')))
  const out = join(dir, place, 'dist')
  const { status, stderr } = runNode('build/main.ts', '--out', out)
  t.equal(status, 0, stderr)
  return out
}

const contentOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .filter(name => statSync(join(folder, name)).isFile())
    .map(name => [name, readFileSync(join(folder, name), 'utf8')] as const)

const out = build('one')
const { inputs, outputs } = await bundle({ root: ROOT, out: join(dir, 'account') })

t.test('two builds are equal', async t => {
  const first = contentOf(out)
  t.ok(first.some(([name]) => name === 'cli.js'))
  t.strictSame(contentOf(build('two')), first)
})

// What the packages look for and can do without; both are asked for in a `try`.
const OPTIONAL = ['bufferutil', 'utf-8-validate']

t.test('nothing outside of the bundle is needed but Node', async t => {
  const outside = Object.values(outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path.replace(/^node:/, '')),
  )
  t.ok(outside.includes('https'))
  const known = new Set([...builtinModules.map(name => name.replace(/^node:/, '')), ...OPTIONAL])
  t.strictSame(
    [...new Set(outside)].filter(path => !known.has(path)),
    [],
  )
})

/** The modules that a file of the bundle loads at once, with those of the chunks that it imports. */
const loadedBy = (file: string, seen = new Set<string>()): readonly string[] => {
  const output = outputs[file]
  if (output === undefined || seen.has(file)) return []
  seen.add(file)
  const chunks = output.imports.filter(({ kind }) => kind === 'import-statement')
  return [...Object.keys(output.inputs), ...chunks.flatMap(({ path }) => loadedBy(path, seen))]
}

t.test('what a command may never ask for is not loaded with it', async t => {
  const [cli] = Object.keys(outputs).filter(file => file.endsWith('/cli.js'))
  const loaded = loadedBy(cli ?? '')
  t.ok(loaded.includes('src/program.ts'))
  for (const lazy of ['@kubernetes/client-node', 'fastify', '@opentelemetry/sdk-trace'])
    t.strictSame(
      loaded.filter(path => path.startsWith(`node_modules/${lazy}/`)),
      [],
      lazy,
    )
})

t.test('the bundle is the program', async t => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  t.equal(runNode(join(out, 'cli.js'), '--version').stdout, `${version}\n`)
  const matrix = ['matrix', '--gloo', '1.17.3', '--istio', '1.22.3']
  const fromSources = runNode('src/cli.ts', ...matrix)
  t.equal(fromSources.status, 0, fromSources.stderr)
  t.equal(runNode(join(out, 'cli.js'), ...matrix).stdout, fromSources.stdout)
})

t.test('the page of the dashboard is in it, its modules in one script', async t => {
  const page = contentOf(join(out, 'page'))
  t.strictSame(
    page.map(([name]) => name),
    ['icon.svg', 'index.html', 'main.js', 'page.css'],
  )
  const script = new Map(page).get('main.js') ?? ''
  t.notMatch(script, /^import /m)
  t.match(script, 'EventSource')
})

t.test('each package that went into it is named with the text of its licence', async t => {
  const packages = packagesIn({ inputs })
  for (const name of ['fastify', 'zod', '@kubernetes/client-node'])
    t.ok(packages.includes(`node_modules/${name}`), name)
  const notices = readFileSync(join(out, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  for (const folder of packages) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
    )
    t.ok(notices.includes(`\n${name} ${version}: ${license}\n`), folder)
  }
  t.match(notices, 'Copyright (c) 2025 Colin McDonnell')
})

t.test('packages are told by their folders, nested ones too', async t => {
  const inputs = {
    'src/cli.ts': {},
    'node_modules/b/index.js': {},
    'node_modules/@a/c/lib/index.js': {},
    'node_modules/@a/c/lib/other.js': {},
    'node_modules/b/node_modules/d/index.js': {},
  }
  t.strictSame(packagesIn({ inputs }), [
    'node_modules/@a/c',
    'node_modules/b',
    'node_modules/b/node_modules/d',
  ])
})

t.test('a notice has every text that a package holds, and says so where it holds none', async t => {
  const manifest = JSON.stringify({ name: 'one', version: '1.0.0', license: 'MIT' })
  const root = t.testdir({
    one: { 'package.json': manifest, LICENSE: 'terms\n', 'NOTICE.md': 'thanks', 'index.js': 'x' },
    two: { 'package.json': manifest.replace('one', 'two') },
  })
  const [, first, second] = noticesFor(root, ['one', 'two']).split(`\n\n${'-'.repeat(80)}\n\n`)
  t.equal(first, 'one 1.0.0: MIT\n\nterms\n\nthanks')
  t.equal(second, 'two 1.0.0: MIT\n\nThe package holds no text of its licence.')
})
