import { t } from 'tap'
import { remembered, rememberedOfEach } from '../../src/core/remembered.ts'

t.test('what was asked last is not answered again', async t => {
  let asked = 0
  const countOf = remembered((of: { readonly name: string }) => `${of.name} ${++asked}`)
  const [one, other] = [{ name: 'same' }, { name: 'same' }]
  t.strictSame([countOf(one), countOf(one), countOf(other)], ['same 1', 'same 1', 'same 2'])
  t.equal(countOf(one), 'same 3')
})

t.test('what was asked of each is not answered again', async t => {
  let asked = 0
  const countOf = rememberedOfEach((of: { readonly name: string }) => `${of.name} ${++asked}`)
  const [one, other] = [{ name: 'same' }, { name: 'same' }]
  t.strictSame([one, other, one, other].map(countOf), ['same 1', 'same 2', 'same 1', 'same 2'])
})
