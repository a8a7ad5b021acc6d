import { t } from 'tap'
import type { Changes } from '../../src/core/dashboard.ts'
import type { Facts } from '../../src/core/types.ts'
import { Feed } from '../../src/dashboard/feed.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { carrierOn, live, namespace, settled } from '../harness/cluster.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const PROXY = carrierOn('1.0.0', KNOWN, { podSpec: { serviceAccountName: 'gateway' } })
const PLAIN = live(KNOWN, upstream({}, {}), PROXY)
const LABELLED = live(
  KNOWN,
  upstream({}, {}),
  PROXY,
  namespace('default', { 'gloo-istio.io/mtls': 'enabled' }),
)
const ON = live(KNOWN, settled(upstream(), KNOWN), PROXY)
const KEY = 'gloo-system/default-details-9080'

const setUp = (first: Facts) => {
  const world = { facts: first, isWatched: true, now: 0, took: 0 }
  const told: Changes[] = []
  const planned: { readonly run: () => void; readonly milliseconds: number }[] = []
  const feed = new Feed({
    facts: () => {
      world.now += world.took
      return world.facts
    },
    isWatched: () => world.isWatched,
    tell: changes => told.push(changes),
    now: () => world.now,
    later: (run, milliseconds) => {
      const plan = { run, milliseconds }
      planned.push(plan)
      return () => planned.splice(planned.indexOf(plan), 1)
    },
  })
  return { feed, world, told, planned, runNext: () => planned.shift()?.run() }
}

t.test('what differs is told a while after something was touched, once for many', async t => {
  const { feed, world, told, planned, runNext } = setUp(PLAIN)
  t.match(feed.ways(), [{ state: 'plain' }])
  world.facts = LABELLED
  feed.touch()
  feed.touch()
  t.equal(planned.length, 1)
  t.equal(planned[0]?.milliseconds, 250)
  told.length = 0
  runNext()
  t.match(told, [{ put: [{ state: 'waiting', standing: 'pending' }], gone: [] }])
  world.facts = live(KNOWN, PROXY)
  feed.touch()
  runNext()
  t.strictSame(told.at(-1), { put: [], gone: [KEY] })
})

t.test('for nobody nothing is worked out; who comes then has it as it is', async t => {
  const { feed, world, told, planned } = setUp(PLAIN)
  world.isWatched = false
  feed.ways()
  world.facts = LABELLED
  feed.touch()
  t.equal(planned.length, 0)
  t.match(feed.ways(), [{ state: 'waiting' }])
  t.match(told.at(-1)?.put, [{ state: 'waiting' }], 'those who look already are told, too')
  told.length = 0
  feed.ways()
  t.equal(told.length, 0, 'once')
})

t.test('what was worked out in the meantime is not worked out again', async t => {
  const { feed, told, runNext } = setUp(PLAIN)
  feed.touch()
  feed.ways()
  told.length = 0
  runNext()
  t.equal(told.length, 0)
})

t.test('a round that takes long is followed by a longer rest', async t => {
  const { feed, world, planned } = setUp(PLAIN)
  world.took = 500
  feed.ways()
  feed.touch()
  t.equal(planned[0]?.milliseconds, 2_000)
})

t.test('certificates that become known are told', async t => {
  const { feed, told, runNext } = setUp(ON)
  t.strictSame(feed.secrets(), ['gloo-system/istio.gateway'])
  feed.knowCertificates(new Map([['gloo-system/istio.gateway', '2026-04-01T00:00:00.000Z']]))
  runNext()
  t.match(told.at(-1)?.put, [{ notAfter: '2026-04-01T00:00:00.000Z' }])
})

t.test('details are the report and what to run', async t => {
  const { feed } = setUp(ON)
  const details = feed.details('gloo-system', 'default-details-9080', { context: 'example' })
  t.match(details, { report: { standing: 'mtls', reason: 'AlreadyEnabled' } })
  t.match(
    details?.commands[0]?.line,
    'gloo-istio verify upstream gloo-system/default-details-9080 --context example',
  )
  t.equal(feed.details('gloo-system', 'absent', {}), undefined)
  t.equal(setUp(KNOWN).feed.details('a', 'b', {}), undefined)
})

t.test('once it is closed nothing comes any more', async t => {
  const { feed, planned } = setUp(PLAIN)
  feed.close()
  feed.touch()
  feed.close()
  t.equal(planned.length, 0)
})
