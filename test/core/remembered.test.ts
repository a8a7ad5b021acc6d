import { t } from 'tap'
import { remembered } from '../../src/core/remembered.ts'

t.test('what was asked last is not answered again', async t => {
  let asked = 0
  const countOf = remembered((of: { readonly name: string }) => `${of.name} ${++asked}`)
  const [one, other] = [{ name: 'same' }, { name: 'same' }]
  t.strictSame([countOf(one), countOf(one), countOf(other)], ['same 1', 'same 1', 'same 2'])
  t.equal(countOf(one), 'same 3')
})
