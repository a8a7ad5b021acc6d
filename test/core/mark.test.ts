import { t } from 'tap'
import { INJECTED_ANNOTATION } from '../../src/core/annotations.ts'
import { MADE, type Mark, markOf, withMark } from '../../src/core/mark.ts'
import type { JsonObject } from '../../src/core/types.ts'

const marked = (text: unknown, more: JsonObject = {}): JsonObject => ({
  metadata: { annotations: { [INJECTED_ANNOTATION]: text, ...more } },
})
const textOf = (object: JsonObject) =>
  (object as { metadata?: { annotations?: JsonObject } }).metadata?.annotations?.[
    INJECTED_ANNOTATION
  ]

const MARK: Mark = { 'volumes[v]': '811c9dc5' }

// what stands in the annotation | the mark
const texts: readonly [unknown, Mark][] = [
  ['{"volumes[v]":"811c9dc5"}', MARK],
  ['{"volumes[v]":"811c9dc5","x":1,"y":null,"z":{}}', MARK],
  ['{}', {}],
  ['', {}],
  ['null', {}],
  ['[]', {}],
  ['"x"', {}],
  ['{"volumes', {}],
  [undefined, {}],
  [null, {}],
  [3, {}],
  [{ 'volumes[v]': '811c9dc5' }, {}],
]
for (const [text, expected] of texts)
  t.test(
    `an annotation of ${JSON.stringify(text)} is the mark ${JSON.stringify(expected)}`,
    async t => t.strictSame(markOf(marked(text)), expected),
  )

t.test('an update without a mark has that of the object before it', async t => {
  const old = marked(JSON.stringify(MARK))
  t.strictSame(markOf({ metadata: {} }, old), MARK)
  t.strictSame(markOf(marked('no JSON'), old), MARK)
  t.strictSame(markOf(marked('{"a":"b"}'), old), { a: 'b' }, 'but its own goes first')
  t.strictSame(markOf(marked('{}'), old), {}, 'an empty one, too')
  t.strictSame(markOf({}, undefined), {})
})

// objects before they are marked
const objects: readonly [string, JsonObject][] = [
  ['no metadata', { kind: 'Upstream' }],
  ['no annotations', { metadata: { name: 'a' } }],
  ['annotations of others', { metadata: { annotations: { a: 'b' }, name: 'a' } }],
  ['empty annotations', { metadata: { annotations: {} } }],
]
for (const [title, object] of objects)
  t.test(`an object with ${title} is marked, and unmarked without a trace`, async t => {
    const before = structuredClone(object)
    const once = withMark(object, MARK)
    t.match(markOf(once), MARK)
    t.strictSame(object, before, 'the original is not written to')
    t.strictSame(withMark(once, markOf(once)), once, 'marking again changes nothing')
    const other = withMark(once, { 'volumes[w]': 'bf9cf968' })
    t.match(markOf(other), { 'volumes[w]': 'bf9cf968', 'volumes[v]': undefined })
    const left = withMark(other, {})
    t.strictSame(left, title === 'no metadata' ? { kind: 'Upstream', metadata: {} } : object)
  })

t.test('a mark reads the same, in whichever order it came about', async t => {
  const [one, other] = [
    { 'volumes[v]': '1', 'containers[c]': '2', volumes: MADE },
    { volumes: MADE, 'containers[c]': '2', 'volumes[v]': '1' },
  ].map(mark => textOf(withMark({}, mark)))
  t.equal(one, other)
  t.strictSame(
    Object.keys(JSON.parse(String(one))),
    ['containers[c]', 'metadata.annotations', 'volumes', 'volumes[v]'],
    'by their paths',
  )
})

t.test('annotations that somebody put beside the mark stay', async t => {
  const once = withMark({ metadata: { name: 'a' } }, MARK) as {
    metadata: { annotations: JsonObject }
  }
  const more = { metadata: { annotations: { ...once.metadata.annotations, a: 'b' } } }
  t.strictSame(withMark(more, {}), { metadata: { annotations: { a: 'b' } } })
})

t.test('a mark of nothing but what was made for it is none', async t => {
  const object = { metadata: { annotations: { a: 'b' } } }
  t.equal(withMark(object, { volumes: MADE }), object)
  t.equal(withMark(object, {}), object)
  t.equal(withMark({ metadata: { annotations: 3 } }, {})['metadata'] !== undefined, true)
  t.equal(textOf(withMark(marked('{"a":"b"}', { c: 'd' }), { volumes: MADE })), undefined)
})

t.test('a mark that cannot be read is replaced, and taken away', async t => {
  t.strictSame(markOf(withMark(marked('no JSON'), MARK)), MARK)
  t.strictSame(withMark(marked('no JSON', { a: 'b' }), {}), {
    metadata: { annotations: { a: 'b' } },
  })
})
