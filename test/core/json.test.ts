import { t } from 'tap'
import {
  field,
  fieldAt,
  isRecord,
  isSet,
  items,
  textAt,
  textOf,
  without,
  withValue,
} from '../../src/core/json.ts'

const MANY = [undefined, null, 0, '', 'text', true, [], [1], {}, { a: 1 }]

t.test('only an object that is no array is a record', async t => {
  t.strictSame(MANY.filter(isRecord), [{}, { a: 1 }])
})

t.test('a field is found in records alone, and only their own', async t => {
  for (const value of MANY) t.equal(field(value, 'constructor'), undefined)
  t.equal(field({ a: 1 }, 'a'), 1)
  t.equal(field(JSON.parse('{"__proto__": 3}'), '__proto__'), 3)
})

t.test('a path ends where one of its keys is missing', async t => {
  t.equal(fieldAt({ a: { b: 2 } }, 'a', 'b'), 2)
  t.equal(fieldAt({ a: 'text' }, 'a', 'b'), undefined)
  t.same(fieldAt({ a: 1 }), { a: 1 })
})

t.test('anything but an array has no items, anything but a string no text', async t => {
  t.strictSame(MANY.flatMap(items), [1])
  t.strictSame(MANY.map(textOf).filter(isSet), ['', 'text'])
})

t.test('text that is not there is empty', async t => {
  t.equal(textAt({ a: { b: 'c' } }, 'a', 'b'), 'c')
  for (const value of MANY) t.equal(textAt({ value }, 'value'), value === 'text' ? 'text' : '')
})

t.test('null is as good as unset', async t => {
  t.strictSame([undefined, null, 0, ''].map(isSet), [false, false, true, true])
})

t.test('a value is set in a copy that shares the rest', async t => {
  const before = { a: { b: 1, c: {} }, d: {} }
  const after = withValue(before, ['a', 'b'], 2)
  t.same(after, { a: { b: 2, c: {} }, d: {} })
  t.equal(after['d'], before.d)
  t.equal(fieldAt(after, 'a', 'c'), before.a.c)
  t.same(before.a.b, 1)
  t.same(withValue(null, ['a', 'b'], 1), { a: { b: 1 } })
  t.same(withValue({ a: 1 }, [], 2), { a: 1 })
})

t.test('an object without a field has the others in their order', async t => {
  t.strictSame(Object.keys(without({ c: 1, b: 2, a: 3 }, 'b')), ['c', 'a'])
  t.strictSame(without({ a: 1 }, 'b'), { a: 1 })
})
