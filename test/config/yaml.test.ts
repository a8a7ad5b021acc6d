import { t } from 'tap'
import { readYaml } from '../../src/config/yaml.ts'

// text | value
const texts: readonly [string, unknown][] = [
  ['trustDomain: example.com\nlist: [1, two]', { trustDomain: 'example.com', list: [1, 'two'] }],
  ['{"json": {"too": null}}', { json: { too: null } }],
  ['text', 'text'],
  ['', null],
  ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
  ['a: !unknown b', { a: 'b' }],
]
for (const [text, value] of texts)
  t.test(`${JSON.stringify(text)} is ${JSON.stringify(value)}`, async t =>
    t.strictSame(readYaml(text), value),
  )

const LAUGHS = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...['b', 'c', 'd', 'e', 'f', 'g'].map((name, at) => {
    const before = `*${'abcdef'[at]}`
    return `${name}: &${name} [${Array.from({ length: 10 }, () => before).join(', ')}]`
  }),
].join('\n')

for (const [title, text] of [
  ['a broken text', 'a: [1'],
  ['two documents', 'a: 1\n---\nb: 2'],
  ['an alias of nothing', 'a: *x'],
  ['aliases that explode', LAUGHS],
] as const)
  t.test(`${title} is thrown back`, async t => t.throws(() => readYaml(text)))

t.test('what is odd is said nowhere', async t => {
  const said = t.capture(process, 'emitWarning')
  readYaml('a: !unknown b')
  readYaml('%ODD directive\n---\na: 1')
  t.strictSame(said(), [])
})
