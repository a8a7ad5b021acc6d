import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { t } from 'tap'
import { countInFlight, type InFlight } from '../../src/server/in-flight.ts'

setFlagsFromString('--expose-gc')
const collect: (options?: { readonly type: 'minor' }) => void = runInNewContext('gc')

const REVIEWS = 4_000
const BODY_NUMBERS = 2_000
/** About as many as there are between two small collections of a process under load. */
const TOGETHER = 40
const VISITS = 20_000
const MIB = 1024 * 1024
const LIMITS = { maxInFlight: 100, maxInFlightBytes: 1_000_000, slowAfter: 1_000 }

const enter = (inFlight: InFlight, giveWay: () => void): (() => void) => {
  const entered = inFlight.enter(1, giveWay)
  if (typeof entered !== 'function') throw new Error('there is room')
  return entered
}

t.test(
  'a review that has left keeps nothing of its request, even before a large collection',
  async t => {
    const inFlight = countInFlight({ ...LIMITS, now: () => 0 })
    const come = () => {
      const request = { body: Array.from({ length: BODY_NUMBERS }, () => 1) }
      return enter(inFlight, () => void request.body.pop())
    }
    const underway = [come(), come(), come()]
    collect()
    const before = process.memoryUsage().heapUsed
    for (let at = 0; at < REVIEWS; at++) {
      underway.push(come())
      underway.shift()?.()
      if (at % TOGETHER === 0) collect({ type: 'minor' })
    }
    const kept = (process.memoryUsage().heapUsed - before) / MIB
    const all = (REVIEWS * BODY_NUMBERS * 8) / MIB
    t.ok(kept < all / 10, `${kept.toFixed(1)} MiB of ${all.toFixed(0)} are kept`)
  },
)

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ??
  Number.NaN

t.test('reviews that come and go leave nothing among the old objects', async t => {
  const inFlight = countInFlight({ ...LIMITS, now: () => 0 })
  const come = () => enter(inFlight, () => {})
  const visit = () => {
    const underway = [come(), come(), come()]
    for (const leave of underway) leave()
  }
  visit()
  collect()
  collect()
  const before = oldBytes()
  for (let at = 0; at < VISITS; at++) visit()
  const left = (oldBytes() - before) / MIB
  t.ok(left < 1, `${left.toFixed(2)} MiB`)
})
