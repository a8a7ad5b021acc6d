import { Command, CommanderError } from 'commander'
import { t } from 'tap'
import { addOptions, clusterOptions } from '../../src/commands/cluster-flags.ts'
import { outputOption } from '../../src/commands/output-flags.ts'
import { inScope, type ScopeFlags, scopeOptions } from '../../src/commands/scope-flags.ts'

const parse = (...args: string[]) => {
  const command = addOptions(new Command('x'), [
    ...scopeOptions(),
    outputOption(),
    ...clusterOptions(),
  ])
  command.exitOverride().configureOutput({ writeErr: () => {} })
  return command.parse(args, { from: 'user' }).opts<ScopeFlags>()
}

const object = (namespace: string, name: string, labels: Record<string, string> = {}) => ({
  metadata: { namespace, name, labels },
})
const OBJECTS = [
  object('a', 'one', { app: 'x' }),
  object('a', 'two'),
  object('b', 'three', { app: 'y' }),
]

// arguments | names of what they are about
const scopes: readonly (readonly [readonly string[], readonly string[]])[] = [
  [[], ['one', 'two', 'three']],
  [['-A'], ['one', 'two', 'three']],
  [
    ['-n', 'a'],
    ['one', 'two'],
  ],
  [
    ['-l', 'app'],
    ['one', 'three'],
  ],
  [['-n', 'a', '-l', 'app=x'], ['one']],
  [['-l', 'app in (y,z)'], ['three']],
  [['-n', 'c'], []],
]
for (const [args, names] of scopes)
  t.test(`"${args.join(' ')}" is about ${names.join(', ') || 'nothing'}`, async t => {
    const found = inScope(OBJECTS, parse(...args)) as typeof OBJECTS
    t.strictSame(
      found.map(({ metadata }) => metadata.name),
      names,
    )
  })

const refused: readonly (readonly [readonly string[], RegExp])[] = [
  [['-n', 'a', '-A'], /cannot be used with/],
  [['-l', 'app=('], /'-l, --selector <labels>' argument 'app=\(' is invalid/],
  [['-o', 'xml'], /Allowed choices are table, wide, yaml, json, name/],
  [['-n'], /argument missing/],
]
for (const [args, message] of refused)
  t.test(`"${args.join(' ')}" is refused`, async t => {
    t.throws(() => parse(...args), CommanderError)
    t.throws(() => parse(...args), { message })
  })

t.test('flags are handed on, and a table is the default', async t => {
  const flags = parse('--kubeconfig', 'f', '--context', 'c')
  t.match(flags, { kubeconfig: 'f', context: 'c', output: 'table' })
  t.match(parse('-o', 'name'), { output: 'name' })
})
