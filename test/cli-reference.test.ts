import { readFileSync, writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { t } from 'tap'
import { buildProgram } from '../src/program.ts'
import { leavesOf, referenceWith } from './harness/cli-reference.ts'

const PAGE = new URL('../docs/reference/cli.md', import.meta.url)
const UPDATE = 'GOLDEN_UPDATE=1 npx tap --disable-coverage test/cli-reference.test.ts'

t.test(`the reference is what the commands are; else: ${UPDATE}`, async t => {
  const found = readFileSync(PAGE, 'utf8')
  const expected = referenceWith(found, buildProgram())
  if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(PAGE, expected)
  t.equal(readFileSync(PAGE, 'utf8'), expected)
})

t.test('every command and flag says what it is for', async t => {
  for (const { path, command } of leavesOf(buildProgram(), 'gloo-istio')) {
    t.match(command.description(), /^[a-z]/, path)
    for (const { flags, description } of command.options)
      t.match(description, /^.{4,}[^.]$/, `${path} ${flags}`)
  }
})

const program = (change: (command: Command) => unknown = () => {}) => {
  const list = new Command('list').description('list them')
  list.addOption(new Option('-o, --output <format>', 'format').choices(['a', 'b']).default('a'))
  list.option('--since <duration>', 'how long (default: always)').argument('<name>', 'of what')
  change(list)
  return new Command('gloo-istio').addCommand(list)
}

const EMPTY = '# Commands\n\nProse.\n\n<!-- begin commands -->\n<!-- end commands -->\n'
const page = referenceWith(EMPTY, program())

t.test('a command without a section gets one', async t => {
  t.match(page, '\n## gloo-istio list\n\nList them.\n')
  t.match(page, 'Usage: `gloo-istio list <name> [flags]`.')
  t.match(page, /\| `-o, --output <format>` +\| `a` +\| format: `a` or `b` +\|/)
  t.match(page, /\| `--since <duration>` +\| always +\| how long +\|/)
  t.match(page, '[`gloo-istio list`](#gloo-istio-list) | list them')
  t.equal(referenceWith(page, program()), page, 'and keeps it')
})

t.test('prose stays, wherever it stands', async t => {
  const written = page.replace('List them.', 'Lists them all.').replace(/$/, '\nAn example.\n')
  t.equal(referenceWith(written, program()), written)
})

// what | a change of a command that the page does not know yet
const changes: readonly (readonly [string, (command: Command) => unknown])[] = [
  ['a flag', list => list.option('--new', 'for something')],
  ['a default', list => list.options[0]?.default('b')],
  ['a name', list => list.name('all')],
  ['a description', list => list.description('list all of them')],
]
for (const [what, change] of changes)
  t.test(`${what} that the page does not know is seen`, async t =>
    t.not(referenceWith(page, program(change)), page),
  )

t.test('a section that no command has any more goes', async t => {
  const left = `${page}\n## gloo-istio gone\n\nProse.\n`
  t.equal(referenceWith(left, program()), page)
})

t.test('a section without its markers is told', async t => {
  const broken = page.replace('<!-- end gloo-istio list -->', '')
  t.throws(() => referenceWith(broken, program()), /no <!-- begin gloo-istio list -->/)
})
