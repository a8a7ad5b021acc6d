import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import type { ApplyOutcome } from '../../src/core/plan.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { WRITES_PER_SECOND } from '../../src/reconcile/backfill.ts'
import { ENABLED, facts, mesh, upstream } from '../harness/build.ts'
import { carrierOn, namespace, proxyOn, settled } from '../harness/cluster.ts'
import { settle } from '../harness/hand-clock.ts'
import { reconciled } from '../harness/reconciled.ts'
import { keyOf } from '../stand-ins/object-server.ts'

const LABEL = 'gloo-istio.io/mtls'
const MINUTE = 60_000
/** How many are written at once. */
const BURST = WRITES_PER_SECOND / 10

/** An Upstream of that name, which is selected unless told otherwise. */
const named = (name: string, annotations: JsonObject = ENABLED): JsonObject =>
  withValue(upstream({}, annotations), ['metadata', 'name'], name)
const many = (count: number) => Array.from({ length: count }, (_, at) => named(`u${at}`))
const [A, B] = [named('a'), named('b')]
const KEY = keyOf(A)
const OTHER = 'example.com/other'

const sslConfigOf = (object: JsonObject | undefined) => viewUpstream(object ?? {}).sslConfig
const switchedOff = (object: JsonObject | undefined) =>
  withValue(object, ['metadata', 'annotations', LABEL], 'disabled')

const refused: ApplyOutcome = { kind: 'refused', error: new Error('spec is immutable') }
const busy = (retryAfterSeconds: number): ApplyOutcome => ({
  kind: 'unavailable',
  error: new Error('busy'),
  retryAfterSeconds,
})

t.test('all is looked at when it begins to lead, proxies before Upstreams', async t => {
  const { clock, around, said, server, reconciler } = reconciled(
    t,
    [A, proxyOn('1.0.0'), named('c', {}), namespace('default')],
    { surroundings: { isLeader: false } },
  )
  reconciler.start()
  await clock.advance(MINUTE)
  t.strictSame(said.decided, [])
  around.isLeader = true
  await clock.advance(1_100)
  t.strictSame(said.decided.slice(0, 3), [
    'CertificatesMounted deployments gloo-system/gateway-proxy',
    'WaitingForProxy upstreams gloo-system/a',
    'NotSelected upstreams gloo-system/c',
  ])
  t.strictSame(said.applied, ['written deployments gloo-system/gateway-proxy'])
  t.equal(server.asked.length, 1)
})

t.test('an Upstream is written once its proxy is rolled out', async t => {
  const known = facts(mesh('istio-system.istio'))
  const { clock, said, server, reconciler } = reconciled(t, [A, proxyOn('1.0.0')])
  reconciler.start()
  await clock.advance(MINUTE)
  t.notOk(sslConfigOf(server.get(KEY)))
  server.put(carrierOn('1.0.0', known))
  await clock.advance(1_000)
  t.ok(sslConfigOf(server.get(KEY)))
  t.equal(said.applied.at(-1), `written ${KEY}`)
})

t.test(
  'nothing is written that is as it should be, and all is looked at each ten minutes',
  async t => {
    const { clock, said, server, reconciler } = reconciled(t, [named('a', {}), named('b', {})])
    reconciler.start()
    await clock.advance(25 * MINUTE)
    t.equal(said.decided.length, 6)
    t.strictSame(server.asked, [])
    t.equal(reconciler.backlog, 0)
  },
)

t.test('before everything was heard of once, nothing is looked at', async t => {
  const { clock, around, said, reconciler, server } = reconciled(t, [A], {
    surroundings: { isSynced: false },
  })
  reconciler.start()
  server.put(named('b'))
  await clock.advance(MINUTE)
  t.strictSame(said.decided, [])
  around.isSynced = true
  await clock.advance(1_100)
  t.equal(said.applied.length, 2)
})

t.test('what there is no right to write is not even looked at', async t => {
  const { clock, said, reconciler } = reconciled(t, [A, proxyOn('1.0.0')], {
    collections: ['deployments'],
  })
  reconciler.start()
  await clock.advance(MINUTE)
  t.strictSame(said.applied, ['written deployments gloo-system/gateway-proxy'])
  t.notOk(said.decided.some(line => line.includes('upstreams')))
})

t.test('a follower writes nothing, and forgets what it was to look at', async t => {
  const { clock, around, server, reconciler } = reconciled(t, [])
  reconciler.start()
  await clock.advance(1_000)
  server.put(proxyOn('1.0.0'))
  server.put(A)
  around.isLeader = false
  await clock.advance(20 * MINUTE)
  t.equal(reconciler.backlog, 0)
  t.strictSame(server.asked, [])
})

t.test('what waits to be written is not, once another leads', async t => {
  const { clock, around, server, reconciler } = reconciled(t, many(60))
  reconciler.start()
  await clock.advance(50)
  const written = server.asked.length
  t.equal(written, BURST)
  around.isLeader = false
  await clock.advance(MINUTE)
  t.equal(server.asked.length, written)
  t.equal(reconciler.backlog, 0)
})

t.test('who leads again before it noticed looks at all again', async t => {
  const { clock, around, server, reconciler } = reconciled(t, [A])
  server.put(named('a', {}))
  reconciler.start()
  await clock.advance(1_500)
  around.isLeader = false
  server.put(A)
  await clock.advance(100)
  around.isLeader = true
  await clock.advance(2_000)
  t.ok(sslConfigOf(server.get(KEY)), 'what happened in between is not lost')
})

t.test('who leads again while writes wait finds them again', async t => {
  const objects = many(30).map(object => withValue(object, ['metadata', 'annotations'], {}))
  const { clock, around, server, reconciler } = reconciled(t, [namespace('default'), ...objects])
  reconciler.start()
  server.put(namespace('other'))
  await clock.advance(2_000)
  server.put(namespace('default', { [LABEL]: 'enabled' }))
  await clock.advance(50)
  around.isLeader = false
  await clock.advance(300)
  t.equal(server.asked.length, BURST)
  around.isLeader = true
  await clock.advance(1_500)
  t.equal(server.asked.length, 30)
})

t.test('old facts are no reason to write', async t => {
  const { clock, around, said, server, reconciler } = reconciled(t, [A], {
    surroundings: { isStale: true },
  })
  reconciler.start()
  server.put(B)
  await clock.advance(20 * MINUTE)
  t.strictSame(said.decided, [])
  t.equal(reconciler.backlog, 0)
  around.isStale = false
  await clock.advance(1_100)
  t.equal(server.asked.length, 2)
})

t.test('what waits to be written is not, once facts are old', async t => {
  const { clock, around, server, reconciler } = reconciled(t, many(60))
  reconciler.start()
  await clock.advance(50)
  const written = server.asked.length
  around.isStale = true
  await clock.advance(MINUTE)
  t.equal(server.asked.length, written)
  around.isStale = false
  await clock.advance(2_000)
  t.equal(server.asked.length, 60)
})

t.test('what somebody else wrote first is looked at again, as it is then', async t => {
  const { clock, around, said, server, reconciler } = reconciled(t, [A])
  around.lag = 3_000
  server.put(withValue(A, ['metadata', 'annotations', OTHER], 'yes'))
  reconciler.start()
  await clock.advance(10_000)
  t.strictSame(said.applied.slice(0, 1), [`conflict ${KEY}`])
  t.equal(said.applied.at(-1), `written ${KEY}`)
  t.match(server.get(KEY), { metadata: { annotations: { [OTHER]: 'yes' } } })
  t.strictSame(said.contested, [])
})

t.test('what is refused is tried ever more seldom, at last each five minutes', async t => {
  const { clock, server, reconciler, seconds } = reconciled(t, [A])
  server.failure = () => refused
  reconciler.start()
  await clock.advance(9 * MINUTE)
  t.strictSame(
    seconds().map(Math.round),
    [0, 1, 3, 7, 15, 31, 63, 127, 255, 511],
    'doubled each time',
  )
  await clock.advance(21 * MINUTE)
  const [before = 0, last = 0] = seconds().slice(-2)
  t.ok(last - before <= 301, `${last - before} s between the last two`)
  t.equal(reconciler.backlog, 1)
})

t.test('what went well begins anew: its next refusal is a first one', async t => {
  const { clock, server, reconciler, seconds } = reconciled(t, [A])
  server.failure = () => refused
  reconciler.start()
  await clock.advance(16_000)
  server.failure = undefined
  await clock.advance(20_000)
  const count = server.asked.length
  t.equal(server.asked.at(-1)?.kind, 'written')
  server.failure = () => refused
  server.put(switchedOff(server.get(KEY)))
  await clock.advance(10_000)
  const since = seconds().slice(count)
  t.strictSame(
    since.map(at => Math.round(at - (since[0] ?? 0))),
    [0, 1, 3, 7],
  )
})

t.test('what somebody else puts right is no failure any more', async t => {
  const { clock, server, reconciler, seconds } = reconciled(t, [A])
  server.failure = () => refused
  reconciler.start()
  await clock.advance(9_000)
  t.strictSame(seconds().map(Math.round), [0, 1, 3, 7])
  server.put(named('a', {}))
  await clock.advance(1_000)
  server.put(A)
  await clock.advance(4_000)
  t.strictSame(seconds().slice(4).map(Math.round), [10, 11, 13])
})

t.test('an API server that is busy is left alone for as long as it asks', async t => {
  const { clock, server, reconciler, seconds } = reconciled(t, [A])
  server.failure = () => busy(30)
  reconciler.start()
  await clock.advance(29_000)
  t.strictSame(seconds(), [0])
  server.failure = undefined
  await clock.advance(2_000)
  t.strictSame(seconds().map(Math.round), [0, 30])
  t.equal(server.asked.at(-1)?.kind, 'written')
})

t.test('an API server that names no time is asked ever more seldom, too', async t => {
  const { clock, server, reconciler, seconds } = reconciled(t, [A])
  server.failure = () => busy(1)
  reconciler.start()
  await clock.advance(16_000)
  t.strictSame(seconds().map(Math.round), [0, 1, 3, 7, 15])
})

t.test('what is gone is not written, and is told of as gone', async t => {
  const { clock, around, said, server, reconciler } = reconciled(t, [A])
  around.lag = 2_000
  server.remove(KEY)
  reconciler.start()
  await clock.advance(MINUTE)
  t.strictSame(said.applied, [`gone ${KEY}`])
  t.strictSame(said.decided, [`MtlsEnabled ${KEY}`, `gone ${KEY}`])
  t.equal(reconciler.backlog, 0)
})

t.test('a label of a namespace reaches each Upstream that leads there, at once', async t => {
  const objects = [namespace('default'), named('a', {}), named('b', {})]
  const { clock, server, said, reconciler } = reconciled(t, objects)
  reconciler.start()
  server.put(namespace('other'))
  await clock.advance(5_000)
  server.put(namespace('default', { [LABEL]: 'enabled' }))
  await clock.advance(100)
  t.strictSame(said.applied, [`written ${KEY}`, `written ${keyOf(B)}`])
})

t.test('what changes while a write is under way is not overlooked', async t => {
  const { clock, server, reconciler } = reconciled(t, [A])
  server.latency = 1_000
  reconciler.start()
  await clock.advance(900)
  server.put(withValue(A, ['metadata', 'annotations', OTHER], 'yes'))
  await clock.advance(2_500)
  t.ok(sslConfigOf(server.get(KEY)), 'the first met a conflict')
  server.put(switchedOff(server.get(KEY)))
  await clock.advance(900)
  server.put(withValue(server.get(KEY), ['metadata', 'annotations', OTHER], 'no'))
  await clock.advance(20_000)
  t.equal(sslConfigOf(server.get(KEY)), undefined)
  t.equal(reconciler.backlog, 0)
})

t.test('a write that has lost its reason while it waited is not made', async t => {
  const { clock, server, reconciler } = reconciled(t, many(4 * BURST))
  reconciler.start()
  await clock.advance(100)
  for (const { metadata } of many(4 * BURST).slice(3 * BURST))
    server.put(named(String((metadata as JsonObject)['name']), {}))
  await clock.advance(MINUTE)
  t.equal(server.asked.length, 3 * BURST)
})

t.test('it writes down when an Upstream was switched on', async t => {
  const { clock, server, reconciler } = reconciled(t, [A])
  reconciler.start()
  await clock.advance(1_000)
  t.match(JSON.stringify(server.get(KEY)), /2026-01-01T00:00:00.000Z/)
})

t.test('eight writes at most are under way, and about a hundred a second', async t => {
  const { clock, server, reconciler, seconds } = reconciled(t, many(400))
  server.latency = 60
  reconciler.start()
  await clock.advance(6_000)
  t.equal(server.asked.length, 400)
  t.equal(server.mostAtOnce, 8)
  const inSecondFrom = (from: number) => seconds().filter(at => at >= from && at < from + 1).length
  const most = Math.max(...seconds().map(inSecondFrom))
  t.ok(most <= WRITES_PER_SECOND + BURST, `${most} in a second`)
  t.ok((seconds().at(-1) ?? 0) < 5, 'and no fewer than there may be')
})

t.test('a slow API server is not asked more at a time', async t => {
  const { clock, server, reconciler } = reconciled(t, many(100))
  server.latency = 1_000
  reconciler.start()
  await clock.advance(5_500)
  t.equal(server.mostAtOnce, 8)
  t.equal(server.asked.length, 40)
})

t.test('no more is planned than can soon be written', async t => {
  const { clock, said, server, reconciler } = reconciled(t, many(400))
  server.latency = 1_000
  reconciler.start()
  await clock.advance(900)
  t.ok(said.decided.length >= 8 && said.decided.length <= 60, `${said.decided.length} planned`)
})

t.test('the backlog counts what waits to be looked at or written', async t => {
  const { clock, server, reconciler } = reconciled(t, many(1_000))
  server.latency = 1_000
  reconciler.start()
  await clock.advance(500)
  t.equal(reconciler.backlog, 1_000)
})

t.test('closing ends what is being written, and writes no more', async t => {
  for (const count of [5, 30, 200]) {
    const { clock, said, server, reconciler } = reconciled(t, many(count))
    server.latency = 70
    reconciler.start()
    await clock.advance(50)
    const before = clock.now()
    const closed = reconciler.close().then(() => ({
      milliseconds: clock.now() - before,
      told: said.applied.length,
    }))
    await clock.advance(MINUTE)
    const { milliseconds, told } = await closed
    t.ok(milliseconds <= 100, `${milliseconds} ms`)
    t.equal(told, Math.min(count, 8), 'what was under way is told of before')
    t.equal(server.asked.length, told, 'and nothing after')
  }
})

t.test('closing what never started ends at once', async t => {
  const { reconciler } = reconciled(t, [A])
  await reconciler.close()
  t.pass()
})

t.test('after it is closed, events wake nothing', async t => {
  const { clock, said, server, reconciler } = reconciled(t, [])
  reconciler.start()
  await clock.advance(1_000)
  await reconciler.close()
  server.put(A)
  await clock.advance(MINUTE)
  t.strictSame(said.decided, [])
})

t.test('it starts once', async t => {
  const { clock, said, reconciler } = reconciled(t, [named('a', {})])
  reconciler.start()
  reconciler.start()
  await clock.advance(1_000)
  t.equal(said.decided.length, 1)
})

t.test('others have their turn while it looks at many', async t => {
  const objects = many(100).map(object => withValue(object, ['metadata', 'annotations'], {}))
  const { said, reconciler } = reconciled(t, objects, { costOfNow: 1 })
  reconciler.start()
  const counts = [0]
  for (let turn = 0; turn < 200; turn++) {
    await settle()
    counts.push(said.decided.length)
  }
  t.equal(counts.at(-1), 100)
  const steps = counts.slice(1).map((count, at) => count - (counts[at] ?? 0))
  t.ok(Math.max(...steps) <= 10, `${Math.max(...steps)} objects at a time`)
})

t.test('who loses the lead while it looks stops looking', async t => {
  const { around, said, reconciler } = reconciled(t, many(100), { costOfNow: 1 })
  reconciler.start()
  for (let turn = 0; turn < 5; turn++) await settle()
  const count = said.decided.length
  t.ok(count > 0 && count < 100, `${count} looked at`)
  around.isLeader = false
  for (let turn = 0; turn < 100; turn++) await settle()
  t.equal(said.decided.length, count)
})

for (const stage of ['observe', 'warn'] as const)
  t.test(`with stage ${stage} all is looked at and told, and nothing is written`, async t => {
    const on = settled(named('b'), facts(mesh('istio-system.istio')))
    const { clock, said, server, reconciler } = reconciled(
      t,
      [proxyOn('1.0.0'), A, switchedOff(on)],
      {
        surroundings: { base: { ...facts(mesh('istio-system.istio')), stage } },
      },
    )
    reconciler.start()
    server.put(named('c'))
    await clock.advance(25 * MINUTE)
    t.strictSame([...new Set(said.decided)].toSorted(), [
      'CertificatesMounted deployments gloo-system/gateway-proxy',
      'MtlsEnabled upstreams gloo-system/a',
      'MtlsEnabled upstreams gloo-system/c',
      'MtlsRemoved upstreams gloo-system/b',
    ])
    t.strictSame([server.asked, said.applied, reconciler.backlog], [[], [], 0])
  })
