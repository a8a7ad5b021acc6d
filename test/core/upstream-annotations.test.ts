import { t } from 'tap'
import { annotated, withoutEmptyAnnotations } from '../../src/core/upstream-annotations.ts'

const BARE = { metadata: { name: 'a' }, spec: {} }
const withThese = (annotations: unknown) => ({ metadata: { name: 'a', annotations }, spec: {} })

// annotations before | values | annotations after
const cases: readonly [string, unknown, Readonly<Record<string, string | undefined>>, unknown][] = [
  ['one is added', { x: '1' }, { a: 'b' }, { x: '1', a: 'b' }],
  ['one is replaced', { a: '1', x: '1' }, { a: 'b' }, { a: 'b', x: '1' }],
  ['one is taken away', { a: '1', x: '1' }, { a: undefined }, { x: '1' }],
  ['the last is taken away', { a: '1' }, { a: undefined }, {}],
  ['the first is made', undefined, { a: 'b' }, { a: 'b' }],
  ['what are no annotations is replaced', 'text', { a: 'b' }, { a: 'b' }],
]
for (const [title, before, values, after] of cases)
  t.test(title, async t => {
    const object = before === undefined ? BARE : withThese(before)
    t.strictSame(annotated(object, values), withThese(after))
  })

t.test('nothing to take away is the same object', async t =>
  t.equal(annotated(BARE, { a: undefined }), BARE),
)

t.test('empty annotations go, and no others', async t => {
  t.strictSame(withoutEmptyAnnotations(withThese({})), BARE)
  for (const kept of [BARE, withThese({ a: '1' }), withThese('text'), { spec: {} }])
    t.equal(withoutEmptyAnnotations(kept), kept)
})
