import { t } from 'tap'
import { textAt, withValue } from '../../src/core/json.ts'
import { type ApplyOutcome, type Change, planOf } from '../../src/core/plan.ts'
import { backfill, WRITES_PER_SECOND } from '../../src/reconcile/backfill.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { handTimers, type Scope } from '../harness/hand-timers.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const many = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    planOf(withValue(upstream(), ['metadata', 'name'], `u${at}`), KNOWN),
  )
const nameOf = ({ object }: Change) => textAt(object, 'metadata', 'name')
const written: ApplyOutcome = { kind: 'written', resourceVersion: '2' }
const busy = (retryAfterSeconds: number): ApplyOutcome => ({
  kind: 'unavailable',
  error: new Error('busy'),
  retryAfterSeconds,
})

/** A backfill under way, of an API server that takes some milliseconds for each write. */
const filling = (
  scope: Scope,
  changes: readonly Change[],
  answer: (change: Change) => ApplyOutcome = () => written,
  { latency = 5, isInterrupted = false } = {},
) => {
  const clock = handTimers(scope)
  const started = clock.now()
  const world = {
    clock,
    interrupted: new AbortController(),
    asked: [] as string[],
    seconds: [] as number[],
    outcomes: [] as string[],
    underWay: 0,
    mostAtOnce: 0,
    endedAt: undefined as number | undefined,
  }
  if (isInterrupted) world.interrupted.abort()
  const ports = {
    apply: async (change: Change) => {
      world.mostAtOnce = Math.max(world.mostAtOnce, ++world.underWay)
      world.asked.push(nameOf(change))
      world.seconds.push((clock.now() - started) / 1000)
      await clock.sleep(latency)
      world.underWay--
      return answer(change)
    },
    onOutcome: (change: Change, { kind }: ApplyOutcome) => {
      world.outcomes.push(`${nameOf(change)} ${kind}`)
    },
    sleep: clock.sleep,
    signal: world.interrupted.signal,
  }
  void backfill(changes, ports).then(() => {
    world.endedAt = (clock.now() - started) / 1000
  })
  return world
}

t.test('each change is written once, in their order, and then it ends', async t => {
  const world = filling(t, many(25))
  await world.clock.advance(1_000)
  t.strictSame(world.asked, many(25).map(nameOf))
  t.equal(world.outcomes.length, 25)
  t.ok(world.outcomes.every(line => line.endsWith(' written')))
  t.ok(world.endedAt !== undefined && world.endedAt < 0.3)
})

t.test('of nothing, nothing is written', async t => {
  const world = filling(t, [])
  await world.clock.advance(1)
  t.equal(world.endedAt, 0)
  t.strictSame(world.asked, [])
})

t.test('eight writes at most are under way, and about a hundred a second', async t => {
  const world = filling(t, many(500), undefined, { latency: 60 })
  await world.clock.advance(10_000)
  t.equal(world.mostAtOnce, 8)
  const inSecondFrom = (from: number) =>
    world.seconds.filter(at => at >= from && at < from + 1).length
  const most = Math.max(...world.seconds.map(inSecondFrom))
  t.ok(most <= 1.1 * WRITES_PER_SECOND && most >= 0.9 * WRITES_PER_SECOND, `${most} in a second`)
  t.ok(WRITES_PER_SECOND >= 50 && WRITES_PER_SECOND <= 150, 'about a hundred')
})

t.test('what an API server does not take is told of, and not written again', async t => {
  const refused: ApplyOutcome = { kind: 'refused', error: new Error('no') }
  const answers = [{ kind: 'conflict' }, refused, { kind: 'gone' }] as const
  const world = filling(t, many(3), change => answers[Number(nameOf(change).slice(1))] ?? written)
  await world.clock.advance(60_000)
  t.strictSame(world.outcomes, ['u0 conflict', 'u1 refused', 'u2 gone'])
  t.equal(world.asked.length, 3)
})

t.test(
  'an API server that is busy is asked again when it wants to be, five times at most',
  async t => {
    const world = filling(t, many(1), () => busy(2))
    await world.clock.advance(60_000)
    t.strictSame(world.seconds.map(Math.floor), [0, 2, 6, 12, 20])
    t.strictSame(world.outcomes, ['u0 unavailable'])
    t.ok(world.endedAt)
  },
)

t.test('what is busy for a while is written at last', async t => {
  let left = 2
  const world = filling(t, many(1), () => (left-- > 0 ? busy(1) : written))
  await world.clock.advance(60_000)
  t.strictSame(world.outcomes, ['u0 written'])
  t.equal(world.asked.length, 3)
})

t.test('an interruption lets what is under way end, and leaves the rest', async t => {
  for (const count of [5, 30, 300]) {
    const world = filling(t, many(count), undefined, { latency: 50 })
    await world.clock.advance(20)
    world.interrupted.abort()
    await world.clock.advance(100)
    t.ok(world.endedAt !== undefined && world.endedAt <= 0.1, `ended after ${world.endedAt} s`)
    t.equal(world.asked.length, Math.min(count, 8))
    t.equal(world.outcomes.length, Math.min(count, 8))
  }
})

t.test('an interruption ends also what waits for its next write', async t => {
  const world = filling(t, many(30), undefined, { latency: 1 })
  await world.clock.advance(50)
  t.equal(world.asked.length, WRITES_PER_SECOND / 10)
  world.interrupted.abort()
  await world.clock.advance(10)
  t.ok(world.endedAt)
  t.equal(world.asked.length, WRITES_PER_SECOND / 10)
})

t.test('an interruption waits for no busy API server', async t => {
  const world = filling(t, many(1), () => busy(600))
  await world.clock.advance(1_000)
  world.interrupted.abort()
  await world.clock.advance(100)
  t.ok(world.endedAt)
  t.ok(world.asked.length <= 2)
  t.strictSame(world.outcomes, ['u0 unavailable'])
})

t.test('what is interrupted before it begins writes nothing', async t => {
  const world = filling(t, many(5), undefined, { isInterrupted: true })
  await world.clock.advance(1_000)
  t.equal(world.endedAt, 0)
  t.strictSame(world.asked, [])
})
