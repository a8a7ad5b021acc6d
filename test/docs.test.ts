import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { t } from 'tap'
import { configurationSchema } from '../src/config/configuration.ts'
import * as annotations from '../src/core/annotations.ts'
import { ERRORS } from '../src/core/errors.ts'
import { REASONS } from '../src/core/reasons.ts'
import { createCertificateMetrics } from '../src/telemetry/certificate-metrics.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { createReconcileMetrics } from '../src/telemetry/reconcile-metrics.ts'
import { createServerMetrics } from '../src/telemetry/server-metrics.ts'
import { createWatchMetrics } from '../src/telemetry/watch-metrics.ts'
import { markdownTable } from './harness/markdown-table.ts'
import { POLICY_TABLE, type PolicyRow } from './harness/policy-table.ts'

// Every published name is in the reference, and the reference names nothing else.
const read = (name: string) =>
  readFileSync(new URL(`../docs/reference/${name}.md`, import.meta.url), 'utf8')

const sorted = (rows: readonly (readonly string[])[]) => rows.map(row => row.join(' | ')).toSorted()

/** The cells of each row whose first cell is code. */
const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line =>
      line
        .slice(2, -2)
        .split(' | ')
        .map(cell => cell.trim()),
    )

const code = (text: string) => `\`${text}\``
const firstOf = (rows: readonly (readonly string[])[]) =>
  rows.map(([first = '']) => first).toSorted()

t.test('reasons: code, level and sentence', async t => {
  const rows = rowsOf(read('reasons')).map(row => row.slice(0, 3))
  const known = Object.entries(REASONS).map(([name, { level, sentence }]) => [
    code(name),
    level,
    sentence,
  ])
  t.strictSame(sorted(rows), sorted(known))
})

t.test('errors: code and status', async t => {
  const rows = rowsOf(read('errors')).map(row => row.slice(0, 2))
  const known = Object.entries(ERRORS).map(([name, { status }]) => [code(name), String(status)])
  t.strictSame(sorted(rows), sorted(known))
})

t.test('annotations', async t => {
  const keys = Object.values(annotations).filter(value => typeof value === 'string')
  t.strictSame(firstOf(rowsOf(read('annotations'))), keys.map(code).toSorted())
})

t.test('metrics of our own', async t => {
  const { registry, text } = createMetrics()
  createWatchMetrics({ registry, staleness: () => new Map() })
  createReconcileMetrics({
    registry,
    isLeader: () => true,
    backlog: () => 0,
    upstreams: () => new Map(),
  })
  createCertificateMetrics({
    registry,
    certificate: () => undefined,
    isBundleInSync: () => undefined,
    isReady: () => true,
  })
  const server = createServerMetrics({ registry, version: '', inFlight: () => 0, now: () => 0 })
  t.teardown(() => server.close())
  const types = [...(await text()).matchAll(/^# TYPE (gloo_istio_\S+) (\S+)$/gm)]
  const known = types.map(([, name = '', type = '']) => [code(name), type])
  const rows = rowsOf(read('metrics')).map(row => row.slice(0, 2))
  t.strictSame(sorted(rows), sorted(known))
})

t.test('labels of metrics', async t => {
  const rows = rowsOf(read('metrics')).map(([name = '', , labels = '']) => [name, labels])
  const found = globSync('src/telemetry/*.ts', { cwd: ROOT })
    .map(file => readFileSync(join(ROOT, file), 'utf8'))
    .flatMap(text => [
      ...text.matchAll(/name: '(gloo_istio_\w+)',\n\s*help: .*\n(?:\s*labelNames: \[(.*)\])?/g),
    ])
  const known = found.map(([, name = '', labels]) => [
    code(name),
    labels?.replaceAll("'", '`') ?? 'none',
  ])
  t.strictSame(sorted(rows), sorted(known))
})

t.test('variables of the environment that are looked at', async t => {
  const documented = rowsOf(read('environment')).map(([name]) => name)
  const files = globSync('src/telemetry/*.ts', { cwd: ROOT })
  const found = files.flatMap(file => [
    ...readFileSync(join(ROOT, file), 'utf8').matchAll(/'(OTEL_[A-Z_]+)'/g),
  ])
  t.ok(found.length > 5)
  for (const [, name = ''] of found) t.ok(documented.includes(code(name)), name)
})

t.test('configuration fields and their defaults', async t => {
  const { properties = {} } = configurationSchema()
  type Schema = ReturnType<typeof configurationSchema>
  const { items } = properties['meshes'] as { items: Schema }
  const fieldsOf = (prefix: string, { properties: found = {}, required: needed }: Schema) =>
    Object.entries(found).map(
      ([name, schema]) => [`${prefix}${name}`, schema, needed?.includes(name)] as const,
    )
  const fields = [
    ...fieldsOf('', configurationSchema()),
    ...fieldsOf('gloo.', properties['gloo'] as Schema),
    ...fieldsOf('meshes[].', items),
  ]
  const rows = rowsOf(read('configuration'))
  t.strictSame(firstOf(rows), fields.map(([name]) => code(name)).toSorted())
  for (const [name, schema, isRequired] of fields) {
    const [, , documented] = rows.find(([first]) => first === code(name)) ?? []
    const value = typeof schema === 'object' ? schema.default : undefined
    if (isRequired) t.equal(documented, 'required', name)
    if (typeof value === 'string') t.equal(documented, code(value), name)
  }
})

const HEAD = ['Upstream', 'Service', 'its namespace', 'own namespace', 'selection', 'in the mesh']

const cellsOf = (row: PolicyRow): readonly string[] => [
  row.upstream,
  row.service,
  row.destinationNamespace,
  row.ownNamespace,
  row.selection,
  row.member,
  row.outcome,
  row.by ?? '-',
]

/** A part of the truth table as Markdown. */
const policyMarkdown = ({ title, rows }: (typeof POLICY_TABLE)[number]): string =>
  `${title}:\n\n${markdownTable([...HEAD, 'outcome', 'by'], rows.map(cellsOf))}`

const [OPENING, CLOSING] = ['<!-- policy -->', '<!-- /policy -->']

// `GOLDEN_UPDATE=1` writes it there.
t.test('the guide holds the truth table that the policy is tested by', async t => {
  const page = new URL('../docs/guides/policy.md', import.meta.url)
  const [before = '', rest = ''] = readFileSync(page, 'utf8').split(OPENING)
  const after = rest.slice(rest.indexOf(CLOSING))
  t.ok(after.startsWith(CLOSING), `${OPENING} and ${CLOSING} are there`)
  const expected = `${before}${OPENING}\n\n${POLICY_TABLE.map(policyMarkdown).join('\n')}\n${after}`
  if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(page, expected)
  t.equal(readFileSync(page, 'utf8'), expected)
})

const ROOT = new URL('..', import.meta.url).pathname
const PAGES = globSync(['*.md', 'docs/**/*.md', 'charts/*/*.md', 'test/stand-ins/*.md'], {
  cwd: ROOT,
})

/** What a heading is called in links, as GitHub has it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

const anchorsIn = (page: string): readonly string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))

t.test('every link to a page or a heading of ours leads somewhere', async t => {
  const links = PAGES.flatMap(from =>
    [
      ...readFileSync(join(ROOT, from), 'utf8').matchAll(
        /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g,
      ),
    ].map(([link, path = '', anchor]) => ({
      from,
      link,
      anchor,
      to: path ? join(dirname(from), path) : from,
    })),
  )
  t.ok(links.length > 50)
  for (const { from, link, to, anchor } of links) {
    const file = join(ROOT, to)
    if (!existsSync(file)) t.fail(`${from}: ${link}`)
    else if (anchor !== undefined && !anchorsIn(readFileSync(file, 'utf8')).includes(anchor))
      t.fail(`${from}: ${link}`)
  }
})

t.test('the architecture names modules that are there, and each module of the core', async t => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
  const named = [...page.matchAll(/`([a-z/-]+\.ts)`/g)].map(([, name = '']) => name)
  const modules = globSync('src/**/*.ts', { cwd: ROOT })
  for (const name of named)
    t.ok(
      modules.some(path => path === name || path.endsWith(`/${name}`)),
      name,
    )
  const core = modules.filter(path => path.startsWith('src/core/')).map(path => path.slice(9))
  t.strictSame(
    core.filter(name => !named.includes(name)),
    [],
  )
})
