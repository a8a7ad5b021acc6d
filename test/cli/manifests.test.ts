import { t } from 'tap'
import { injectManifests } from '../../src/cli/inject.ts'
import { readJson } from '../../src/cli/json-manifests.ts'
import { keysOf, ManifestError, placesIn } from '../../src/cli/manifests.ts'
import { readYaml } from '../../src/cli/yaml-manifests.ts'
import { facts, mesh, upstream } from '../harness/build.ts'

const FACTS = facts(mesh('a.b'))

t.test('a document is an object, a list of them, or neither', async t => {
  t.strictSame(placesIn({ kind: 'A' }), [{ object: { kind: 'A' }, path: [] }])
  t.strictSame(placesIn({ items: [{ kind: 'A' }, null, { kind: 'B' }] }), [
    { object: { kind: 'A' }, path: ['items', 0] },
    { object: { kind: 'B' }, path: ['items', 2] },
  ])
  for (const nothing of [null, 3, 'text', []]) t.strictSame(placesIn(nothing), [])
})

t.test('a JSON pointer is unescaped', async t =>
  t.strictSame(keysOf('/a~1b/~0c/0'), ['a/b', '~c', '0']),
)

const broken: readonly [string, string, RegExp][] = [
  ['YAML', 'a: [\n', /line 2/],
  ['JSON', '{"a": ', /^not JSON/],
]
for (const [title, text, message] of broken)
  t.test(`${title} that cannot be read is refused`, async t =>
    t.throws(() => injectManifests(text, FACTS), { name: ManifestError.name, message }),
  )

t.test('nothing in, nothing out', async t => {
  for (const text of ['', '\n', '---\n', '# a comment\n', '{}', '[]\n', 'text\n'])
    t.strictSame(
      injectManifests(text, FACTS),
      { manifests: text, reasons: [] },
      JSON.stringify(text),
    )
})

t.test('JSON on one line stays on one line', async t => {
  const { manifests } = injectManifests(JSON.stringify(upstream()), FACTS)
  t.notMatch(manifests, '\n')
  t.match(JSON.parse(manifests), { spec: { sslConfig: {} } })
})

t.test('a list in JSON is changed item by item', async t => {
  const list = JSON.stringify({ kind: 'List', items: [upstream(), upstream({}, {})] })
  const { items } = JSON.parse(injectManifests(list, FACTS).manifests)
  t.ok(items[0].spec.sslConfig)
  t.notOk(items[1].spec.sslConfig)
})

t.test('an operation that the layout cannot take writes the document out', async t => {
  for (const read of [readYaml, readJson]) {
    const file = read('{"kind": "A", "b": 1}')
    file.objects[0]?.apply([{ op: 'remove', path: '/b' }], { kind: 'A' })
    t.notMatch(file.print(), 'b')
    t.match(file.print(), 'A')
  }
})
