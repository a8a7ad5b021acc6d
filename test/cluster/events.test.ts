import { t } from 'tap'
import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import type { EventInput } from '../../src/cluster/event-object.ts'
import { EventRecorder } from '../../src/cluster/events.ts'
import { TokenBucket } from '../../src/cluster/token-bucket.ts'
import { fieldAt, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { HandClock, settle } from '../harness/hand-clock.ts'

const failure = (statusCode: number, headers: Record<string, string> = {}) =>
  new ApiError({ statusCode, headers }, '')

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason))
  })

/** The part of an API server that holds Events, in two namespaces. */
class EventServer {
  readonly events = new Map<string, JsonObject>()
  readonly asked: ApiRequest[] = []
  /** What the next requests get, instead of being looked at. */
  readonly next: Error[] = []
  /** What comes instead of the answer to the next write. */
  lost: Error | undefined
  hangs = false

  all(): readonly JsonObject[] {
    return [...this.events.values()]
  }

  readonly request = async (asked: ApiRequest): Promise<JsonObject> => {
    this.asked.push(asked)
    if (this.hangs) return aborted(asked.signal)
    const error = this.next.shift()
    if (error) throw error
    const { method, path, body, contentType } = asked
    if (!/^\/api\/v1\/namespaces\/(gloo-system|default)\/events/.test(path)) throw failure(404)
    const at = method === 'POST' ? `${path}/${textAt(body, 'metadata', 'name')}` : path
    const before = this.events.get(at)
    if (method === 'POST' && before) throw failure(409)
    if (method === 'PATCH' && !before) throw failure(404)
    if (method === 'PATCH' && contentType !== 'application/merge-patch+json') throw failure(415)
    const after = { ...before, ...(body as JsonObject) }
    this.events.set(at, after)
    const { lost } = this
    this.lost = undefined
    if (lost) throw lost
    return after
  }
}

const recorderOf = (server = new EventServer(), instance = 'gloo-istio-0') => {
  const clock = new HandClock()
  const failures: unknown[] = []
  const dropped: number[] = []
  const recorder = new EventRecorder({
    api: server,
    now: clock.now,
    sleep: clock.sleep,
    instance,
    onFailure: error => failures.push(error),
    onDropped: count => dropped.push(count),
  })
  return { clock, server, recorder, failures, dropped }
}

const METADATA = { namespace: 'gloo-system', name: 'petstore', uid: 'u-1', resourceVersion: '7' }
const UPSTREAM = { apiVersion: 'gloo.solo.io/v1', kind: 'Upstream', metadata: METADATA, spec: {} }
const event = (more: Partial<EventInput> = {}): EventInput => ({
  object: UPSTREAM,
  type: 'Normal',
  reason: 'MutualTlsEnabled',
  message: 'mesh team-a.istio',
  ...more,
})

t.test('an Event tells of an object in its namespace', async t => {
  const { clock, server, recorder } = recorderOf()
  recorder.record(event({ action: 'Mutate' }))
  await clock.advance(0)
  const [written] = server.all()
  const name = textAt(written, 'metadata', 'name')
  t.match(name, /^petstore\.[0-9a-f]{16}$/)
  t.equal(server.asked[0]?.path, '/api/v1/namespaces/gloo-system/events')
  t.strictSame(written, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'gloo-system', name },
    involvedObject: { apiVersion: 'gloo.solo.io/v1', kind: 'Upstream', ...METADATA },
    type: 'Normal',
    reason: 'MutualTlsEnabled',
    action: 'Mutate',
    message: 'mesh team-a.istio',
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00.000Z',
    lastTimestamp: '2026-01-01T00:00:00.000Z',
    source: { component: 'gloo-istio' },
    reportingComponent: 'gloo-istio.io/controller',
    reportingInstance: 'gloo-istio-0',
  })
})

t.test('an Event of an object without a namespace is in default', async t => {
  const { clock, server, recorder } = recorderOf()
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a', uid: 'u' } }
  recorder.record(event({ object: namespace }))
  await clock.advance(0)
  t.match(server.all(), [
    { metadata: { namespace: 'default' }, involvedObject: { kind: 'Namespace', name: 'team-a' } },
  ])
  t.equal(fieldAt(server.all()[0], 'involvedObject', 'namespace'), undefined)
})

t.test('recording sends nothing: that is done later', async t => {
  const { clock, server, recorder } = recorderOf()
  recorder.record(event())
  t.strictSame(server.asked, [])
  await clock.advance(0)
  t.equal(server.asked.length, 1)
})

t.test('whatever the object is, recording does not throw', async t => {
  const { clock, server, recorder, failures } = recorderOf()
  for (const object of [{}, { metadata: null }, { kind: 7, metadata: { name: {}, uid: [] } }])
    recorder.record(event({ object }))
  await clock.advance(0)
  t.equal(server.all().length, 1, 'all are about nothing')
  t.strictSame(failures, [])
})

t.test('what comes up again within ten minutes is counted, each time anew', async t => {
  const { clock, server, recorder } = recorderOf()
  for (const count of [1, 2, 3]) {
    recorder.record(event())
    await clock.advance(600_000)
    t.match(server.all(), [{ count, firstTimestamp: '2026-01-01T00:00:00.000Z' }])
    t.equal(server.all().length, 1)
  }
  t.match(server.all(), [{ lastTimestamp: '2026-01-01T00:20:00.000Z' }])
  await clock.advance(1)
  recorder.record(event())
  await clock.advance(0)
  t.match(server.all(), [{ count: 3 }, { count: 1, firstTimestamp: '2026-01-01T00:30:00.001Z' }])
})

t.test('what comes up again before it is written is written once', async t => {
  const { clock, server, recorder } = recorderOf()
  for (let times = 0; times < 3000; times++) {
    recorder.record(event())
    clock.stall(1)
  }
  await clock.advance(0)
  t.equal(server.asked.length, 1)
  const lastTimestamp = '2026-01-01T00:00:02.999Z'
  const firstTimestamp = '2026-01-01T00:00:00.000Z'
  t.match(server.all(), [{ count: 3000, firstTimestamp, lastTimestamp }])
})

const otherObject = { ...UPSTREAM, metadata: { ...METADATA, uid: 'u-2' } }
for (const [title, other] of [
  ['object', { object: otherObject }],
  ['reason', { reason: 'MeshUnknown' }],
  ['message', { message: 'mesh team-b.istio' }],
] as const)
  t.test(`another ${title} makes another Event`, async t => {
    const { clock, server, recorder } = recorderOf()
    recorder.record(event())
    recorder.record(event(other))
    await clock.advance(0)
    t.match(server.all(), [{ count: 1 }, { count: 1 }])
  })

t.test('the same object in another version makes the same Event', async t => {
  const { clock, server, recorder } = recorderOf()
  const object = { ...UPSTREAM, metadata: { ...METADATA, resourceVersion: '8' } }
  recorder.record(event())
  await clock.advance(0)
  recorder.record(event({ object }))
  await clock.advance(0)
  t.match(server.all(), [{ count: 2 }])
})

t.test('an Event that expired is written anew', async t => {
  const { clock, server, recorder, failures } = recorderOf()
  recorder.record(event())
  await clock.advance(0)
  server.events.clear()
  recorder.record(event())
  await clock.advance(0)
  recorder.record(event())
  await clock.advance(0)
  t.match(server.all(), [{ count: 2 }])
  t.equal(server.all().length, 1)
  t.strictSame(failures, [])
})

t.test('two processes that tell the same at once are not in the way of each other', async t => {
  const server = new EventServer()
  for (const instance of ['gloo-istio-0', 'gloo-istio-1']) {
    const { clock, recorder } = recorderOf(server, instance)
    recorder.record(event())
    await clock.advance(0)
  }
  t.match(server.all(), [{ count: 1 }, { count: 1 }])
})

t.test('fifty are written at once, then twenty-five a second', async t => {
  const { clock, server, recorder } = recorderOf()
  for (let n = 0; n < 200; n++) recorder.record(event({ message: `${n}` }))
  await clock.advance(0)
  t.equal(server.asked.length, 50)
  await clock.advance(1_000)
  t.equal(server.asked.length, 75)
  await clock.advance(4_000)
  t.equal(server.asked.length, 175)
  await clock.advance(60_000)
  t.strictSame(
    server.all().map(({ message }) => message),
    Array.from({ length: 200 }, (_, n) => `${n}`),
  )
  for (let n = 200; n < 300; n++) recorder.record(event({ message: `${n}` }))
  await clock.advance(0)
  t.equal(server.asked.length, 250, 'fifty again after a rest, and no more')
})

t.test('a clock that is set back does not stop the flow', t => {
  let now = 3_600_000
  const bucket = new TokenBucket({ perSecond: 25, burst: 1, now: () => now })
  t.equal(bucket.take(), 0)
  now = 0
  t.equal(bucket.take(), 40)
  now = 40
  t.equal(bucket.take(), 40)
  t.end()
})

t.test('when a thousand are waiting the newest is dropped, and told later', async t => {
  const { clock, server, recorder, dropped } = recorderOf()
  for (let n = 0; n < 1_010; n++) recorder.record(event({ message: `${n}` }))
  recorder.record(event({ message: '0' }))
  await clock.advance(60_000)
  t.strictSame(dropped, [10])
  t.equal(server.all().length, 1_000)
  t.match(server.all()[0], { message: '0', count: 2 }, 'one that waits already needs no room')
})

t.test('the last two thousand are remembered, and no more', async t => {
  const { clock, server, recorder } = recorderOf()
  const tell = async (message: string) => {
    recorder.record(event({ message }))
    await clock.advance(40)
  }
  for (let n = 0; n < 2_000; n++) await tell(`${n}`)
  await tell('0')
  t.equal(server.all().length, 2_000)
  await tell('one more')
  await tell('0')
  t.equal(server.all().length, 2_001, 'it came up a while ago only')
  await tell('1')
  t.equal(server.all().length, 2_002)
})

const GONE = new TypeError('away')
// title | answers in their order | tries | failures told | Events written
const answers: readonly [string, readonly Error[], number, number, number][] = [
  ['too many requests', [failure(429)], 2, 0, 1],
  ['an error of the server', [failure(500)], 2, 0, 1],
  ['a server that is away for a moment', [failure(503, { 'retry-after': '2' })], 2, 0, 1],
  ['an error that stays', [failure(504), failure(504)], 2, 1, 0],
  ['a namespace that is gone', [failure(404)], 1, 0, 0],
  ['a namespace that is being terminated', [failure(403)], 1, 0, 0],
  ['an Event that is refused', [failure(422)], 1, 1, 0],
  ['a network that fails', [GONE], 1, 1, 0],
]
for (const [title, next, tries, failed, written] of answers)
  t.test(`${title}: ${tries === 1 ? 'one try' : 'a second try'}, ${failed} told`, async t => {
    const { clock, server, recorder, failures } = recorderOf()
    server.next.push(...next)
    recorder.record(event())
    await clock.advance(3_000)
    t.equal(server.asked.length, tries)
    t.strictSame(failures, failed === 0 ? [] : [next.at(-1)])
    t.equal(server.all().length, written)
    recorder.record(event({ message: 'next' }))
    await clock.advance(0)
    t.equal(server.all().length, written + 1, 'the next is written all the same')
  })

// title | header | seconds until the second try
for (const [title, header, seconds] of [
  ['a second', undefined, 1],
  ['as long as the server asks for', '3', 3],
  ['five seconds at most', '3600', 5],
] as const)
  t.test(`the second try waits ${title}`, async t => {
    const { clock, server, recorder } = recorderOf()
    server.next.push(failure(429, header ? { 'retry-after': header } : {}))
    recorder.record(event())
    await clock.advance(1_000 * seconds - 1)
    t.equal(server.asked.length, 1)
    await clock.advance(1)
    t.equal(server.asked.length, 2)
  })

t.test('an Event whose answer was lost is counted on', async t => {
  const { clock, server, recorder } = recorderOf()
  server.lost = failure(504)
  recorder.record(event())
  await clock.advance(1_000)
  recorder.record(event())
  await clock.advance(0)
  t.match(server.all(), [{ count: 2 }])
  t.equal(server.all().length, 1)
})

for (const [title, letter] of [
  ['of one byte', 'a'],
  ['of two bytes', 'é'],
  ['of three bytes', '…'],
  ['of four bytes', '🔐'],
] as const)
  t.test(`a message with letters ${title} is cut at 1024 bytes, between two letters`, async t => {
    const { clock, server, recorder } = recorderOf()
    const whole = letter.repeat(1_024 / Buffer.byteLength(letter))
    recorder.record(event({ message: whole }))
    recorder.record(event({ message: `x${whole}` }))
    recorder.record(event({ message: `xx${whole}` }))
    await clock.advance(0)
    const [exact, one, two] = server.all().map(({ message }) => String(message))
    t.equal(exact, whole)
    for (const cut of [one, two]) {
      t.ok(Buffer.byteLength(cut ?? '') <= 1_024)
      t.ok(Buffer.byteLength(cut ?? '') > 1_020)
      t.match(cut, new RegExp(`^x{1,2}(${letter})*…$`, 'u'))
    }
  })

for (const [title, name] of [
  ['long', 'x'.repeat(253)],
  ['long, with a dot where it is cut', `${'x'.repeat(235)}.${'y'.repeat(17)}`],
  ['long, with hyphens where it is cut', `${'x'.repeat(230)}------${'y'.repeat(17)}`],
] as const)
  t.test(`an object whose name is ${title} has Events with valid names`, async t => {
    const { clock, server, recorder } = recorderOf()
    recorder.record(event({ object: { ...UPSTREAM, metadata: { ...METADATA, name } } }))
    await clock.advance(0)
    const written = textAt(server.all()[0], 'metadata', 'name')
    t.ok(written.length <= 253)
    t.match(written, /^x+\.[0-9a-f]{16}$/)
  })

t.test('closing writes what is waiting', async t => {
  const { clock, server, recorder, dropped } = recorderOf()
  for (let n = 0; n < 60; n++) recorder.record(event({ message: `${n}` }))
  const closed = recorder.close()
  await clock.advance(500)
  await closed
  t.equal(server.all().length, 60)
  recorder.record(event({ message: 'too late' }))
  await clock.advance(10_000)
  t.equal(server.all().length, 60)
  t.strictSame(dropped, [1])
  t.equal(recorder.close(), recorder.close())
})

t.test('closing takes two seconds at most; the rest is dropped', async t => {
  const { clock, server, recorder, dropped } = recorderOf()
  for (let n = 0; n < 200; n++) recorder.record(event({ message: `${n}` }))
  recorder.record(event({ message: '199' }))
  let isClosed = false
  const closed = recorder.close().then(() => {
    isClosed = true
  })
  await clock.advance(1_999)
  t.notOk(isClosed)
  await clock.advance(1)
  await settle()
  t.ok(isClosed)
  await closed
  t.equal(server.all().length, 99, 'fifty at once, and the rest at its rate')
  t.strictSame(dropped, [102])
})

t.test('closing gives up a request without an answer, and tells of no failure', async t => {
  const { clock, server, recorder, dropped, failures } = recorderOf()
  server.hangs = true
  recorder.record(event())
  await clock.advance(0)
  const closed = recorder.close()
  await clock.advance(2_000)
  await closed
  t.strictSame(dropped, [1])
  t.strictSame(failures, [])
})
