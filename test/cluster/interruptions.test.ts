import { t } from 'tap'
import { Interruptions } from '../../src/cluster/interruptions.ts'

const NOW = 1_000_000
/** Heard of so many seconds ago. */
const heard = (...entries: (readonly [string, number])[]) => new Map(entries)

t.test('a watch that failed is in trouble until it is heard of again', async t => {
  const interruptions = new Interruptions()
  t.equal(interruptions.trouble(heard(['pods', 100]), NOW), undefined)
  interruptions.note('pods', new Error('connect ECONNREFUSED'), NOW - 5_000)
  t.equal(interruptions.trouble(heard(['pods', 60]), NOW), 'pods: connect ECONNREFUSED')
  t.equal(interruptions.trouble(heard(['pods', 5]), NOW), 'pods: connect ECONNREFUSED')
  t.equal(interruptions.trouble(heard(['pods', 2]), NOW), undefined)
  t.equal(interruptions.trouble(heard(['pods', 60]), NOW), undefined, 'it is over for good')
})

t.test('one of several is enough, and the newest words count', async t => {
  const interruptions = new Interruptions()
  interruptions.note('pods', 'first', NOW - 9_000)
  interruptions.note('services', 'other', NOW - 8_000)
  interruptions.note('pods', 'second', NOW - 7_000)
  const both = heard(['pods', 60], ['services', 60])
  t.equal(interruptions.trouble(both, NOW), 'pods: second')
  t.equal(interruptions.trouble(heard(['pods', 1], ['services', 60]), NOW), 'services: other')
})

t.test('a watch that nobody counts on any more is in no trouble', async t => {
  const interruptions = new Interruptions()
  interruptions.note('configMaps', 'gone', NOW - 1_000)
  t.equal(interruptions.trouble(heard(), NOW), undefined)
})
