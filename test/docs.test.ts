import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { t } from 'tap'
import { configurationSchema } from '../src/config/configuration.ts'
import * as annotations from '../src/core/annotations.ts'
import { ERRORS } from '../src/core/errors.ts'
import { REASONS } from '../src/core/reasons.ts'
import { buildProgram } from '../src/program.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'

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
  const types = [...(await createMetrics().text()).matchAll(/^# TYPE (gloo_istio_\S+) (\S+)$/gm)]
  const known = types.map(([, name = '', type = '']) => [code(name), type])
  const rows = rowsOf(read('metrics')).map(row => row.slice(0, 2))
  t.strictSame(sorted(rows), sorted(known))
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

/** The commands that do something, by their whole name. */
const leavesOf = (command: Command, path: string): readonly (readonly [string, Command])[] =>
  command.commands.length === 0
    ? [[path, command]]
    : command.commands.flatMap(sub => leavesOf(sub, `${path} ${sub.name()}`))

t.test('commands and their flags', async t => {
  const sections = read('cli').split('\n## ').slice(1)
  const leaves = leavesOf(buildProgram(), 'gloo-istio')
  t.strictSame(
    sections.map(section => section.split('\n')[0] ?? '').toSorted(),
    leaves.map(([path]) => path).toSorted(),
  )
  for (const [path, command] of leaves) {
    const section = sections.find(text => text.startsWith(`${path}\n`)) ?? ''
    t.strictSame(
      firstOf(rowsOf(section)),
      command.options.map(({ flags }) => code(flags)).toSorted(),
      path,
    )
  }
})

t.test('every text fits the terminal of a tired operator', async t => {
  for (const [path, command] of leavesOf(buildProgram(), 'gloo-istio')) {
    t.match(command.description(), /^[a-z]/, path)
    for (const { flags, description } of command.options) t.ok(description, `${path} ${flags}`)
  }
})
