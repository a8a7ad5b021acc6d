import { t } from 'tap'
import { EVERYTHING, entryOf, type Filter, filtered, inOrder } from '../../src/page/filter.ts'
import { OUTSIDE } from '../../src/page/words.ts'
import { WAYS } from '../harness/ways.ts'

const ENTRIES = inOrder(WAYS.map(entryOf))
const namesOf = (filter: Partial<Filter>) =>
  filtered(ENTRIES, { ...EVERYTHING, ...filter }).map(({ way }) => way.name.split('-')[1])

// filter | what is left
const cases: readonly [Partial<Filter>, readonly string[]][] = [
  [{}, ['ratings', 'reviews', 'both', 'details', 'lambda']],
  [{ states: ['mtls'] }, ['both', 'details']],
  [{ states: ['mtls', 'plain'] }, ['both', 'details', 'lambda']],
  [{ namespace: 'other' }, ['both']],
  [{ namespace: OUTSIDE }, ['lambda']],
  [{ mesh: 'istio-system.istio' }, ['ratings', 'reviews', 'both', 'details']],
  [{ text: 'DETAILS' }, ['details']],
  [{ text: ' :9080  gateway-proxy ' }, ['ratings', 'reviews', 'details']],
  [{ text: 'internal' }, ['reviews']],
  [{ text: 'holds the certificates' }, ['ratings', 'reviews', 'both', 'details', 'lambda']],
  [{ text: 'details', states: ['plain'] }, []],
]
for (const [filter, left] of cases)
  t.test(
    `of all, ${JSON.stringify(filter).replaceAll(/[{}]/g, '')} leaves ${left.length}`,
    async t => t.strictSame(namesOf(filter), left),
  )
