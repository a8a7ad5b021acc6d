import { t } from 'tap'
import { diff, isStatusOnly } from '../../src/core/patch.ts'
import type { JsonObject } from '../../src/core/types.ts'

t.test('the difference holds nothing but what differs', async t => {
  const shared = { deep: { big: 1 }, list: [1, 2] }
  t.strictSame(diff({ shared, a: [1] }, { shared, a: [1, 2] }), [
    { op: 'add', path: '/a/1', value: 2 },
  ])
  t.strictSame(diff({ shared }, { shared }), [])
})

t.test('keys are escaped as JSON pointers are', async t => {
  t.strictSame(diff({}, { 'a/b~c': 1 }), [{ op: 'add', path: '/a~1b~0c', value: 1 }])
})

const object = {
  metadata: { resourceVersion: '1', labels: { a: 'b' }, annotations: { c: 'd' } },
  spec: { x: 1 },
  status: { state: 1 },
}
const { metadata } = object
const cases: readonly [string, JsonObject, boolean][] = [
  ['nothing', object, true],
  ['status', { ...object, status: { state: 2 } }, true],
  ['status that is new', { metadata, spec: object.spec }, true],
  [
    'resourceVersion and managedFields',
    { ...object, metadata: { ...metadata, resourceVersion: '2', managedFields: [] } },
    true,
  ],
  ['an annotation', { ...object, metadata: { ...metadata, annotations: { c: 'e' } } }, false],
  ['a label', { ...object, metadata: { ...metadata, labels: null } }, false],
  ['spec', { ...object, spec: { x: 2 } }, false],
  ['a field beside spec', { ...object, data: {} }, false],
]
for (const [title, after, expected] of cases)
  t.test(`a write of ${title} is ${expected ? '' : 'not '}a write of status only`, async t => {
    t.equal(isStatusOnly(object, after), expected)
    t.equal(isStatusOnly(after, object), expected)
  })
