import { t } from 'tap'
import { type Place, readPlace, writePlace } from '../../src/page/address.ts'
import { EVERYTHING } from '../../src/page/filter.ts'

const places: readonly [Place, string][] = [
  [{ filter: EVERYTHING, selected: '' }, '#'],
  [
    {
      filter: { text: 'a b&c=#d', states: ['refused', 'plain'], namespace: 'shop', mesh: 'a.b' },
      selected: 'gloo-system/x',
    },
    '#search=a+b%26c%3D%23d&state=refused&state=plain&namespace=shop&mesh=a.b&upstream=gloo-system%2Fx',
  ],
]
for (const [at, [place, hash]] of places.entries())
  t.test(`place ${at} is written into the address, and read from it`, async t => {
    t.equal(writePlace(place), hash)
    t.strictSame(readPlace(hash), place)
  })

t.test('of an address that somebody wrote, only what there is is taken', async t => {
  t.strictSame(readPlace('#state=x&state=mtls&state=mtls&y=z').filter.states, ['mtls'])
  t.strictSame(readPlace(''), { filter: EVERYTHING, selected: '' })
})
