import { t } from 'tap'
import { fillBlanks } from '../../src/core/sentence.ts'

t.test('blanks are filled, once, from the values alone', async t => {
  t.equal(fillBlanks('{a} and {b}', { a: '{b}', b: '$&' }), '{b} and $&')
  t.equal(fillBlanks('{constructor}{a}.', {}), '.')
  t.equal(fillBlanks('{a} and {b}', { a: '1', b: '2' }), '1 and 2')
})
