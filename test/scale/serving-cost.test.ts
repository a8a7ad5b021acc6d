import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { leaveServerCore } from '../../bench/machine.ts'
import { RECORDED } from '../../bench/recorded.ts'
import { sideBySide, warmUp } from '../../bench/side-by-side.ts'
import { ratioOf } from '../../bench/statistics.ts'
import { floor } from '../../bench/subjects/floor.ts'
import { glooIstio } from '../../bench/subjects/gloo-istio.ts'
import { startSubject } from '../../bench/subjects/subject.ts'
import { wakesOf } from '../../bench/usage.ts'

const ROUNDS = 5
const LOAD = { clients: 8, seconds: 3 }

/** The part of what was recorded that is left at least. */
const LEAST = 0.75

t.test('a review costs about as much of the least that Node can do as it did', async t => {
  leaveServerCore()
  const [own, dir] = [glooIstio(), t.testdir()]
  await own.prepare?.(() => {})
  const servers = [await startSubject(floor, dir), await startSubject(own, dir)]
  t.teardown(() => Promise.all(servers.map(server => server.stop())))
  for (const server of servers) await warmUp(server)
  const seen = await sideBySide(servers, LOAD, { rounds: ROUNDS, say: line => t.comment(line) })
  const costOf = (name: string) => (seen.get(name) ?? []).map(({ cpuMicros }) => cpuMicros)
  const times = ratioOf(costOf(own.name), costOf(floor.name))
  const left = RECORDED.timesFloor / times
  const told = `${times.toFixed(2)} times the floor’s CPU, recorded ${RECORDED.timesFloor}`
  t.comment(told)
  t.ok(left >= LEAST, told)
})

const START_MS = 2_000
const REST_MS = 5_000
/** Ten to see how late the event loop is, and some to look at files. */
const WAKES_A_SECOND = 30

t.test('with nothing to do it is seldom woken', async t => {
  const [own, dir] = [glooIstio(), t.testdir()]
  await own.prepare?.(() => {})
  const server = await startSubject(own, dir)
  t.teardown(() => server.stop())
  await sleep(START_MS)
  const before = wakesOf(server.pid)
  await sleep(REST_MS)
  const perSecond = ((wakesOf(server.pid) - before) * 1000) / REST_MS
  t.ok(perSecond > 0 && perSecond <= WAKES_A_SECOND, `${perSecond} times a second`)
})
