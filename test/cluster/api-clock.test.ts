import { t } from 'tap'
import { ApiClock } from '../../src/cluster/api-clock.ts'

const DATE = 'Wed, 01 Jul 2026 12:00:00 GMT'

t.test('it goes by the API server once it is further off than a header can tell', async t => {
  let monotonic = Date.parse(DATE) + 400 * 86_400_000
  const clock = new ApiClock(() => monotonic)
  t.equal(clock.now(), monotonic)
  clock.hear(DATE)
  t.equal(clock.now(), Date.parse(DATE))
  monotonic += 1500
  t.equal(clock.now(), Date.parse(DATE) + 1500)
  clock.hear(DATE)
  t.equal(clock.now(), Date.parse(DATE) + 1500, 'a second more or less is no news')
})

t.test('what is no date says nothing', async t => {
  const clock = new ApiClock(() => 5)
  clock.hear(undefined)
  clock.hear('soon')
  t.equal(clock.now(), 5)
})
