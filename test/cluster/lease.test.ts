import { t } from 'tap'
import type { ApiRequest } from '../../src/cluster/api.ts'
import { LeaseElection } from '../../src/cluster/lease.ts'
import type { LeaseOptions } from '../../src/cluster/lease-options.ts'
import { fieldAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { HandClock, settle } from '../harness/hand-clock.ts'
import { LeaseServer, refusal } from '../stand-ins/lease-server.ts'

const never = new Promise<never>(() => {})

const worldOf = (server = new LeaseServer()) => {
  const clock = new HandClock()
  const said: string[] = []
  const say = (text: string) => said.push(text)
  const join = (
    identity: string,
    request = (asked: ApiRequest) => server.request(asked),
    options: Partial<LeaseOptions> = {},
  ) => {
    const election = new LeaseElection({
      namespace: 'gloo-istio',
      name: 'leader',
      identity,
      ports: {
        api: { request },
        now: clock.now,
        sleep: clock.sleep,
        random: () => 0.5,
        onAcquired: () => say(`${identity} leads`),
        onLost: why => say(`${identity} lost: ${why}`),
        onFailure: error => say(`${identity} failed: ${String(error)}`),
      },
      ...options,
    })
    election.start()
    return election
  }
  return { clock, server, said, join }
}

/** Whom a test cuts off: from `failing` on its requests fail, from `hanging` on they get no answer. */
const cutOff = (server: LeaseServer) => {
  const network = {
    state: 'up' as 'up' | 'failing' | 'hanging',
    request: async (asked: ApiRequest): Promise<JsonObject> => {
      if (network.state === 'failing') throw new TypeError('away')
      return network.state === 'up' ? server.request(asked) : never
    },
  }
  return network
}

t.test('the first candidate makes the Lease and leads', async t => {
  const { clock, server, said, join } = worldOf()
  const election = join('a')
  t.notOk(election.isLeader)
  t.equal(election.holder, undefined)
  await settle()
  t.ok(election.isLeader)
  t.equal(election.holder, 'a')
  t.strictSame(said, ['a leads'])
  const time = '2026-01-01T00:00:00.000000Z'
  t.strictSame(server.lease, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'gloo-istio', name: 'leader', resourceVersion: '1' },
    spec: {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    },
  })
  await clock.advance(0)
})

t.test('the leader renews for as long as it can, and says so in the Lease alone', async t => {
  const { clock, server, said, join } = worldOf()
  const election = join('a')
  await clock.advance(3_599_999, () => election.isLeader || t.fail('lost'))
  t.strictSame(said, ['a leads'])
  t.match(server.spec, { acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 })
  t.match(server.spec, { renewTime: /^2026-01-01T00:59:5\d.\d{6}Z$/ })
})

t.test('where only v1beta1 is served, the Lease is one', async t => {
  const { server, said, join } = worldOf(new LeaseServer(['v1beta1']))
  join('a')
  await settle()
  t.strictSame(said, ['a leads'])
  t.equal(server.lease?.['apiVersion'], 'coordination.k8s.io/v1beta1')
})

t.test('only a 404 says that a version is not served', async t => {
  const { clock, said, join } = worldOf()
  const asked: string[] = []
  join('a', async ({ path }) => {
    asked.push(path)
    throw refusal(403, 'Forbidden')
  })
  await clock.advance(1_000)
  t.strictSame(asked, ['/apis/coordination.k8s.io/v1/namespaces/gloo-istio/leases/leader'])
  t.strictSame(said, ['a failed: ApiError: Forbidden'])
})

t.test('an API server without Leases is a failure, and asked again', async t => {
  const { clock, said, join } = worldOf(new LeaseServer([]))
  join('a')
  await clock.advance(3_000)
  const failure = 'a failed: ApiError: NotFound'
  t.strictSame(said, [failure, failure])
})

t.test('a second candidate waits for as long as the first renews', async t => {
  const { clock, said, join } = worldOf()
  join('a')
  const second = join('b')
  await clock.advance(3_600_000, () => !second.isLeader || t.fail('two lead'))
  t.equal(second.holder, 'a')
  t.strictSame(said, ['a leads'])
})

for (const state of ['failing', 'hanging'] as const)
  t.test(`a leader whose requests are ${state} loses before another acquires`, async t => {
    const { clock, server, said, join } = worldOf()
    const network = cutOff(server)
    const first = join('a', network.request)
    await clock.advance(1_000)
    const second = join('b')
    network.state = state
    await clock.advance(8_999)
    t.ok(first.isLeader)
    await clock.advance(1)
    t.notOk(first.isLeader)
    t.ok(said.includes('a lost: not renewed for 10 s'))
    await clock.advance(5_999)
    t.notOk(second.isLeader)
    await clock.advance(1)
    t.ok(second.isLeader)
    t.match(server.spec, { holderIdentity: 'b', leaseTransitions: 1 })
    t.match(server.spec, { acquireTime: '2026-01-01T00:00:16.000000Z' })
    network.state = 'up'
    await clock.advance(60_000)
    t.strictSame(
      said.filter(line => !line.includes('failed')),
      ['a leads', 'a lost: not renewed for 10 s', 'b leads'],
    )
    t.equal(first.holder, 'b')
  })

t.test('one request that hangs does not cost the leadership', async t => {
  const { clock, server, said, join } = worldOf()
  let hang = false
  const election = join('a', asked => {
    const hangs = hang
    hang = false
    return hangs ? never : server.request(asked)
  })
  await clock.advance(1_000)
  hang = true
  await clock.advance(60_000, () => election.isLeader || t.fail('lost'))
  t.strictSame(said, ['a leads', 'a failed: Error: not done in 3334 ms'])
})

t.test('the loss is told at the deadline, not at the attempt after it', async t => {
  const { clock, server, said, join } = worldOf()
  const network = cutOff(server)
  join('a', network.request, { retrySeconds: 3 })
  await settle()
  network.state = 'failing'
  await clock.advance(9_999)
  t.notOk(said.includes('a lost: not renewed for 10 s'))
  await clock.advance(1)
  t.ok(said.includes('a lost: not renewed for 10 s'))
})

t.test('an attempt that was given up writes nothing when its answer comes at last', async t => {
  const { clock, server, said, join } = worldOf()
  const answers = Promise.withResolvers<void>()
  join('a', async asked => {
    await answers.promise
    return server.request(asked)
  })
  await clock.advance(3_334)
  t.strictSame(said, ['a failed: Error: not done in 3334 ms'])
  answers.resolve()
  await settle()
  t.equal(server.lease, undefined)
})

t.test('a leader that was cut off leads again where nobody else wanted to', async t => {
  const { clock, server, said, join } = worldOf()
  const network = cutOff(server)
  join('a', network.request)
  await settle()
  network.state = 'hanging'
  await clock.advance(60_000)
  network.state = 'up'
  await clock.advance(10_000)
  t.strictSame(
    said.filter(line => !line.includes('failed')),
    ['a leads', 'a lost: not renewed for 10 s', 'a leads'],
  )
  t.match(server.spec, { leaseTransitions: 0 }, 'it passed to nobody')
})

t.test('a process that stalled does not think it leads, though no timer fired', async t => {
  const { clock, said, join } = worldOf()
  const election = join('a')
  await settle()
  clock.stall(9_999)
  t.ok(election.isLeader)
  clock.stall(1)
  t.notOk(election.isLeader)
  t.strictSame(said, ['a leads'])
  await clock.advance(1)
  t.strictSame(said.slice(0, 2), ['a leads', 'a lost: not renewed for 10 s'])
})

t.test('an answer that comes too late makes no leader', async t => {
  const { clock, server, said, join } = worldOf()
  const answers = Promise.withResolvers<void>()
  const election = join('a', async asked => {
    const answer = await server.request(asked)
    if (asked.method === 'POST') await answers.promise
    return answer
  })
  await settle()
  clock.stall(10_000)
  answers.resolve()
  await settle()
  t.notOk(election.isLeader)
  t.strictSame(said, [])
  await clock.advance(5_000)
  t.ok(election.isLeader, 'the next attempt finds the Lease its own')
})

t.test('closing tells first, then releases, and the next takes over at once', async t => {
  const { clock, server, said, join } = worldOf()
  const first = join('a')
  const second = join('b')
  await clock.advance(60_000)
  const closed = first.close()
  t.notOk(first.isLeader)
  t.equal(said.at(-1), 'a lost: closing')
  t.match(server.spec, { holderIdentity: 'a' })
  await closed
  t.match(server.spec, { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 })
  await clock.advance(3_000)
  t.ok(second.isLeader)
  t.match(server.spec, { holderIdentity: 'b', leaseDurationSeconds: 15, leaseTransitions: 1 })
  t.equal(first.close(), first.close())
})

t.test('closing a candidate leaves the Lease alone', async t => {
  const { clock, server, said, join } = worldOf()
  join('a')
  await clock.advance(1)
  const second = join('b')
  await clock.advance(10_000)
  const { lease } = server
  await second.close()
  t.equal(server.lease, lease)
  t.strictSame(said, ['a leads'])
})

t.test('an election that never started closes', async t => {
  const { clock, server } = worldOf()
  const ports = {
    api: server,
    now: clock.now,
    sleep: clock.sleep,
    random: Math.random,
    onAcquired: () => t.fail(),
    onLost: () => t.fail(),
    onFailure: () => t.fail(),
  }
  const options = { namespace: 'gloo-istio', name: 'leader', identity: 'a', ports }
  const election = new LeaseElection(options)
  await election.close()
  election.start()
  await clock.advance(10_000)
  t.equal(server.lease, undefined)
})

t.test('a renewal that comes between does not keep the Lease from being released', async t => {
  const { server, said, join } = worldOf()
  let between = false
  const election = join('a', async asked => {
    const answer = await server.request(asked)
    if (between && server.lease) server.store(server.lease)
    between = false
    return answer
  })
  await settle()
  between = true
  await election.close()
  t.match(server.spec, { holderIdentity: '' })
  t.strictSame(said, ['a leads', 'a lost: closing'])
})

for (const state of ['failing', 'hanging'] as const)
  t.test(`closing ends where the requests are ${state}`, async t => {
    const { clock, server, said, join } = worldOf()
    const network = cutOff(server)
    const election = join('a', network.request)
    await settle()
    network.state = state
    const closed = election.close()
    await clock.advance(5_000)
    await closed
    t.match(said.at(-1), /^a failed: /)
    t.match(server.spec, { holderIdentity: 'a' })
  })

t.test('a Lease that is deleted is made again by its holder, and taken by nobody else', async t => {
  const { clock, server, said, join } = worldOf()
  join('a')
  await clock.advance(1)
  join('b')
  await clock.advance(10_000)
  server.lease = undefined
  await clock.advance(60_000)
  t.match(server.spec, { holderIdentity: 'a' })
  t.strictSame(said, ['a leads'])
})

t.test('a Lease that is deleted with its holder is taken when it had been free', async t => {
  const { clock, server, said, join } = worldOf()
  const network = cutOff(server)
  join('a', network.request)
  await clock.advance(1)
  const second = join('b')
  await clock.advance(1)
  network.state = 'hanging'
  server.lease = undefined
  await clock.advance(14_000)
  t.notOk(second.isLeader)
  await clock.advance(4_000)
  t.ok(second.isLeader)
  t.ok(said.indexOf('a lost: not renewed for 10 s') < said.indexOf('b leads'))
})

t.test('a leader that finds another in its place has lost', async t => {
  const { clock, server, said, join } = worldOf()
  const election = join('a')
  await settle()
  server.store({ ...server.lease, spec: { ...server.spec, holderIdentity: 'x' } })
  await clock.advance(3_000)
  t.notOk(election.isLeader)
  t.equal(election.holder, 'x')
  t.strictSame(said, ['a leads', 'a lost: the Lease is held by x'])
})

t.test('who was slower hears of no failure', async t => {
  const { clock, said, join } = worldOf()
  join('a')
  join('b')
  await clock.advance(1_000)
  t.strictSame(said, ['a leads'])
})

const spec = { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00Z' }
// title | stored | seconds until it is free
const cases: readonly [string, JsonObject, number][] = [
  ['no spec', {}, 0],
  ['a spec of null', { spec: null }, 0],
  ['nobody in it', { spec: { ...spec, holderIdentity: '' } }, 0],
  ['a holder that is no text', { spec: { ...spec, holderIdentity: 7 } }, 0],
  ['a holder that was never renewed', { spec: { holderIdentity: 'x' } }, 15],
  ['a holder from long ago', { spec: { ...spec, renewTime: '1970-01-01T00:00:00Z' } }, 15],
  ['a holder from the future', { spec: { ...spec, renewTime: '2099-01-01T00:00:00Z' } }, 15],
  ['a holder with a time of its own', { spec: { ...spec, leaseDurationSeconds: 60 } }, 60],
  ['a holder with no time', { spec: { ...spec, leaseDurationSeconds: 0 } }, 15],
  ['a time that is no number', { spec: { ...spec, leaseDurationSeconds: '1' } }, 15],
  ['transitions that are no number', { spec: { leaseTransitions: 'many' } }, 0],
]
for (const [title, lease, seconds] of cases)
  t.test(`a Lease with ${title} is free after ${seconds} s of no change`, async t => {
    const { clock, server, said, join } = worldOf()
    server.store({ metadata: { labels: { mine: 'x' } }, ...lease })
    const election = join('a')
    await settle()
    await clock.advance(Math.max(0, 1_000 * seconds - 1))
    t.equal(election.isLeader, seconds === 0)
    await clock.advance(2_501)
    t.ok(election.isLeader)
    t.strictSame(said, ['a leads'])
    t.match(server.spec, { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 1 })
    t.strictSame(fieldAt(server.lease, 'metadata', 'labels'), { mine: 'x' }, 'the rest is kept')
  })

t.test('durations with which two could lead, or a renewal could not fail once, are refused', t => {
  const { join } = worldOf()
  for (const options of [
    { durationSeconds: 10 },
    { renewDeadlineSeconds: 15 },
    { renewDeadlineSeconds: 3 },
    { retrySeconds: 7 },
  ])
    t.throws(() => join('a', undefined, options), RangeError)
  t.end()
})
