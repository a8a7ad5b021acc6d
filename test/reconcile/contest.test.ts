import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import { type Change, planOf } from '../../src/core/plan.ts'
import { CONTEST_MS, Contest } from '../../src/reconcile/contest.ts'
import { facts, mesh, upstream } from '../harness/build.ts'

const [FIRST, SECOND] = [facts(mesh('istio-system.istio')), facts(mesh('second.istio'))]
const at = (version: string, known = FIRST): Change =>
  planOf(withValue(upstream(), ['metadata', 'resourceVersion'], version), known)

/** Wrote from version 1 at the second 100, which made version 2. */
const wrote = (stored = '2') => {
  const contest = new Contest()
  contest.note('a', at('1'), stored, 100_000)
  return contest
}

// what wants to be written | its version | for which mesh | when | until when it has to wait | whether that is news
const delays: readonly [string, string, typeof FIRST, number, number | undefined, boolean][] = [
  ['the same, from what came of the write', '2', FIRST, 100_000, 160_000, true],
  ['the same, from what somebody made of it', '3', FIRST, 130_000, 160_000, true],
  ['the same, just before the minute is over', '3', FIRST, 159_999, 160_000, true],
  ['the same, once the minute is over', '3', FIRST, 160_000, undefined, false],
  ['the same, while the write is not seen yet', '1', FIRST, 100_500, 102_000, false],
  ['the same, when the write should have been seen', '1', FIRST, 102_000, undefined, false],
  ['another thing, from what came of the write', '2', SECOND, 100_000, undefined, false],
  ['another thing, while the write is not seen yet', '1', SECOND, 100_000, undefined, false],
]
for (const [title, version, known, now, until, isNews] of delays)
  t.test(`${title} ${until === undefined ? 'need not wait' : 'waits'}`, async t => {
    const delay = wrote().delayOf('a', at(version, known), now)
    t.strictSame(delay, until === undefined ? undefined : { until, isNews })
  })

t.test('what was stored as it was has been undone on its way', async t => {
  t.strictSame(wrote('1').delayOf('a', at('1'), 100_001), { until: 160_000, isNews: true })
})

t.test('nothing is held back that was not written, or of another object', async t => {
  t.equal(new Contest().delayOf('a', at('1'), 0), undefined)
  t.equal(wrote().delayOf('b', at('2'), 100_000), undefined)
})

t.test('that somebody undid a write is news once, and once again after the next', async t => {
  const contest = wrote()
  t.match(contest.delayOf('a', at('1'), 100_500), { isNews: false }, 'nobody did yet')
  t.match(contest.delayOf('a', at('3'), 101_000), { isNews: true })
  t.match(contest.delayOf('a', at('4'), 102_000), { isNews: false })
  contest.note('a', at('4'), '5', 160_000)
  t.match(contest.delayOf('a', at('6'), 161_000), { isNews: true })
})

t.test('only the last write counts', async t => {
  const contest = wrote()
  contest.note('a', at('2', SECOND), '3', 101_000)
  t.equal(contest.delayOf('a', at('3'), 102_000), undefined)
  t.match(contest.delayOf('a', at('4', SECOND), 102_000), { until: 161_000 })
})

t.test('what is younger than a minute is kept in mind, however much is written', async t => {
  const contest = new Contest()
  const kept = []
  for (let now = 0; now < 200_000; now += 1_000) {
    contest.note(`k${now}`, at('1'), '2', now)
    contest.note('again', at('1'), '2', now)
    const oldest = Math.max(0, now - CONTEST_MS + 1_000)
    kept.push(contest.delayOf(`k${oldest}`, at('3'), now)?.until === oldest + CONTEST_MS)
  }
  t.equal(kept.length, 200)
  t.ok(kept.every(Boolean))
})
