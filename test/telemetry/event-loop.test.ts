import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { watchEventLoop } from '../../src/telemetry/event-loop.ts'

/** Holds up the event loop. */
const stall = (milliseconds: number): void => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

const watched = (t: { readonly teardown: (end: () => void) => void }) => {
  const world = { now: 0 }
  const delay = watchEventLoop(() => world.now)
  t.teardown(() => delay.close())
  return { world, longest: () => delay.quantiles().get(1) ?? -1, quantiles: delay.quantiles }
}

t.test('a stall is told of in seconds, and not what was slept', async t => {
  const { longest, quantiles } = watched(t)
  await sleep(1000)
  stall(500)
  await sleep(150)
  const seconds = longest()
  t.ok(seconds > 0.35 && seconds < 2, `${seconds} s`)
  const [median = -1, ...others] = quantiles().values()
  t.ok(median >= 0 && median < 0.25, `median ${median} s`)
  for (const later of others) t.ok(later >= median, 'in order')
})

t.test('before anything was looked at there is no delay', async t => {
  const { quantiles } = watched(t)
  t.strictSame(
    [...quantiles()],
    [
      [0.5, 0],
      [0.99, 0],
      [1, 0],
    ],
  )
})

t.test('everyone who asks once a minute sees a stall, and after two it is forgotten', async t => {
  const { world, longest } = watched(t)
  await sleep(150)
  world.now = 59_000
  stall(500)
  await sleep(150)
  world.now = 60_000
  t.ok(longest() > 0.3, 'the first who asks')
  world.now = 61_000
  t.ok(longest() > 0.3, 'the second')
  world.now = 119_000
  t.ok(longest() > 0.3, 'and both a minute later')
  world.now = 120_000
  longest()
  await sleep(150)
  world.now = 121_000
  t.ok(longest() < 0.3, `${longest()} s`)
})
