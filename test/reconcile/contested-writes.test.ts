import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { namespace, proxyOn } from '../harness/cluster.ts'
import { reconciled } from '../harness/reconciled.ts'
import { keyOf } from '../stand-ins/object-server.ts'

const LABEL = 'gloo-istio.io/mtls'
const MINUTE = 60_000
const A = upstream()
const KEY = keyOf(A)
const isOn = (object: JsonObject | undefined) => viewUpstream(object ?? {}).sslConfig !== undefined

/** As a tool that holds objects to what a repository says, a little after each change of them. */
const undoing = (
  { server, clock }: ReturnType<typeof reconciled>,
  original: JsonObject,
  milliseconds = 200,
) => {
  server.onWritten = async () => {
    await clock.sleep(milliseconds)
    server.put(original)
  }
}

for (const [title, original, kind] of [
  ['an Upstream', A, 'upstreams'],
  ['a proxy', proxyOn('1.0.0'), 'deployments'],
] as const)
  t.test(
    `what somebody undoes of ${title} is written once a minute, and told of each time`,
    async t => {
      const world = reconciled(t, [original])
      const { clock, said, server, reconciler, seconds } = world
      undoing(world, original)
      reconciler.start()
      await clock.advance(4.5 * MINUTE)
      t.strictSame(seconds().map(Math.round), [0, 60, 120, 180, 240])
      t.ok(server.asked.every(({ stored }) => stored))
      t.equal(said.contested.length, 5, 'once for each write')
      t.match(said.contested[0], new RegExp(`^${kind} `))
    },
  )

t.test('what another webhook undoes on its way is written once a minute, too', async t => {
  const { clock, said, server, reconciler, seconds } = reconciled(t, [A])
  server.admit = () => A
  reconciler.start()
  await clock.advance(4.5 * MINUTE)
  t.strictSame(seconds().map(Math.round), [0, 60, 120, 180, 240])
  t.notOk(isOn(server.get(KEY)))
  t.equal(said.contested.length, 5)
})

t.test('what is undone is told of once, however often the object changes meanwhile', async t => {
  const world = reconciled(t, [A])
  const { clock, said, server, reconciler, seconds } = world
  undoing(world, A)
  reconciler.start()
  for (let change = 0; change < 20; change++) {
    await clock.advance(2_000)
    server.put(withValue(A, ['metadata', 'annotations', 'example.com/count'], String(change)))
  }
  await clock.advance(10_000)
  t.equal(said.contested.length, 1)
  t.strictSame(seconds().map(Math.round), [0])
})

t.test('what is undone once is right again after a minute', async t => {
  const { clock, said, server, reconciler } = reconciled(t, [A])
  reconciler.start()
  await clock.advance(20_000)
  server.put(A)
  await clock.advance(30_000)
  t.notOk(isOn(server.get(KEY)))
  await clock.advance(15_000)
  t.ok(isOn(server.get(KEY)))
  t.equal(said.contested.length, 1)
  await clock.advance(9 * MINUTE)
  t.equal(server.asked.length, 2)
})

t.test('what is undone long after is written at once', async t => {
  const { clock, said, server, reconciler } = reconciled(t, [A])
  reconciler.start()
  await clock.advance(90_000)
  server.put(A)
  await clock.advance(1_000)
  t.ok(isOn(server.get(KEY)))
  t.strictSame(said.contested, [])
})

for (const lag of [1_500, 4_000, 12_000])
  t.test(`its own write is no contest when it comes back ${lag} ms late`, async t => {
    const { clock, around, said, server, reconciler } = reconciled(t, [namespace('default'), A])
    around.lag = lag
    reconciler.start()
    await clock.advance(300)
    server.put(namespace('default', { [LABEL]: 'enabled' }))
    await clock.advance(3 * MINUTE)
    t.strictSame(said.contested, [])
    t.equal(server.asked.filter(({ kind }) => kind === 'written').length, 1)
    t.equal(reconciler.backlog, 0)
  })

t.test('two different aims within a minute are not held back', async t => {
  const plain = withValue(A, ['metadata', 'annotations'], {})
  const first = mesh('istio-system.istio')
  const { clock, around, said, server, reconciler, seconds } = reconciled(t, [
    namespace('default'),
    plain,
  ])
  around.base = facts(first)
  reconciler.start()
  const label = async (value: string) => {
    server.put(namespace('default', { [LABEL]: value }))
    await clock.advance(5_000)
  }
  await label('enabled')
  t.ok(isOn(server.get(KEY)))
  await label('disabled')
  t.notOk(isOn(server.get(KEY)))
  await label('enabled')
  t.ok(isOn(server.get(KEY)))
  around.base = facts({ ...first, trustDomain: 'other' }, mesh('second.istio'))
  around.base = { ...around.base, defaultMesh: { namespace: 'second', name: 'istio' } }
  server.put(namespace('elsewhere'))
  await clock.advance(5_000)
  t.match(JSON.stringify(server.get(KEY)), /second\/istio/)
  await label('disabled')
  t.notOk(isOn(server.get(KEY)))
  t.strictSame(said.contested, [])
  t.equal(server.asked.length, 5)
  t.ok((seconds().at(-1) ?? 60) < 30)
})

t.test('a write that was lost on its way to us is made again', async t => {
  const { clock, server, said, reconciler } = reconciled(t, [A])
  server.failure = () => ({ kind: 'unavailable', error: new Error('reset'), retryAfterSeconds: 1 })
  reconciler.start()
  await clock.advance(500)
  server.failure = undefined
  await clock.advance(1_000)
  t.ok(isOn(server.get(KEY)))
  t.strictSame(said.contested, [])
})

t.test('an answer that was lost asks for no other write', async t => {
  const { clock, server, reconciler } = reconciled(t, [A])
  server.isDeaf = true
  server.failure = () => ({ kind: 'unavailable', error: new Error('reset'), retryAfterSeconds: 1 })
  reconciler.start()
  await clock.advance(MINUTE)
  t.ok(isOn(server.get(KEY)))
  t.equal(server.asked.length, 1)
})
