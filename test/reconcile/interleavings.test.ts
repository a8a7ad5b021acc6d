import assert from 'node:assert/strict'
import fc from 'fast-check'
import { t } from 'tap'
import { textAt, withValue } from '../../src/core/json.ts'
import { type ApplyOutcome, planOf } from '../../src/core/plan.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { Facts } from '../../src/core/types.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { carrierOn, namespace, rolledOut } from '../harness/cluster.ts'
import type { Scope } from '../harness/hand-timers.ts'
import { reconciled } from '../harness/reconciled.ts'
import { type Asked, keyOf } from '../stand-ins/object-server.ts'

const LABEL = 'gloo-istio.io/mtls'
const MINUTE = 60_000
const MESHES = [facts(mesh('istio-system.istio')), facts(mesh('second.istio'))] as const

/** Upstreams without annotations, the last of which leads to another namespace. */
const UPSTREAMS = ['default', 'default', 'other'].map((serviceNamespace, at) => ({
  ...withValue(upstream({}, {}), ['metadata', 'name'], `u${at}`),
  spec: { kube: { serviceName: 'details', serviceNamespace, servicePort: 9080 } },
}))
const PROXY = carrierOn('1.0.0', MESHES[0])
const WRITTEN = [...UPSTREAMS, PROXY]

const unavailable: ApplyOutcome = {
  kind: 'unavailable',
  error: new Error('away'),
  retryAfterSeconds: 1,
}
const FAILURES: Readonly<Record<string, ApplyOutcome | undefined>> = {
  none: undefined,
  refused: { kind: 'refused', error: new Error('no') },
  busy: { ...unavailable, retryAfterSeconds: 20 },
  deaf: unavailable,
}

type World = ReturnType<typeof reconciled>
type Deed = (world: World, which: number) => void

const at = <T>(list: readonly T[], which: number): T => list[which % list.length] as T
const label =
  (value: string): Deed =>
  ({ server }, which) => {
    server.put(namespace(at(['default', 'other'], which), { [LABEL]: value }))
  }
const undo: Deed = ({ server }, which) => {
  server.put(at(WRITTEN, which))
}
const touch: Deed = ({ server, clock }, which) => {
  const object = server.get(keyOf(at(WRITTEN, which)))
  const path = ['metadata', 'annotations', 'example.com/at']
  if (object) server.put(withValue(object, path, String(clock.now())))
}
/** As the controller of Deployments does, once the pods are up. */
const rollOut: Deed = ({ server }) => {
  const proxy = server.get(keyOf(PROXY))
  if (proxy) server.put(rolledOut(proxy))
}
const answer =
  (kind: string): Deed =>
  ({ server }) => {
    server.failure = () => FAILURES[kind]
    server.isDeaf = kind === 'deaf'
  }
const wait =
  (lag: number): Deed =>
  ({ around }) => {
    around.lag = lag
  }

const DEEDS: Readonly<Record<string, Deed>> = {
  on: label('enabled'),
  off: label('disabled'),
  undo,
  touch,
  rollOut,
  drop: ({ server }, which) => server.remove(keyOf(at(UPSTREAMS, which))),
  mesh: ({ around, server, clock }, which) => {
    around.base = at(MESHES, which)
    // Facts change with an object that tells them.
    server.put(namespace('istio-system', { 'istio.io/at': String(clock.now()) }))
  },
  hostile: ({ server }) => {
    server.admit = object =>
      at(
        WRITTEN,
        WRITTEN.findIndex(one => keyOf(one) === keyOf(object)),
      )
  },
  friendly: ({ server }) => {
    server.admit = object => object
  },
  fight: world => {
    world.server.onWritten = async () => {
      await world.clock.sleep(300)
      for (const object of UPSTREAMS) world.server.put(object)
    }
  },
  peace: ({ server }) => {
    server.onWritten = async () => {}
  },
  ...Object.fromEntries(Object.keys(FAILURES).map(kind => [`answers: ${kind}`, answer(kind)])),
  ...Object.fromEntries([10, 700, 3_000].map(lag => [`${lag} ms late`, wait(lag)])),
  slow: ({ server }) => {
    server.latency = 900
  },
  quick: ({ server }) => {
    server.latency = 5
  },
  follow: ({ around }) => {
    around.isLeader = false
  },
  lead: ({ around }) => {
    around.isLeader = true
  },
  old: ({ around }) => {
    around.isStale = true
  },
  fresh: ({ around }) => {
    around.isStale = false
  },
}

const CALM = ['quick', 'friendly', 'peace', 'answers: none', '10 ms late', 'lead', 'fresh']
const story = fc.array(
  fc.record({
    what: fc.constantFrom(...Object.keys(DEEDS), 'on', 'off', 'undo', ...CALM),
    which: fc.nat(5),
    milliseconds: fc.oneof(
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 50, max: 3_000 }),
      fc.integer({ min: 3_000, max: 15_000 }),
    ),
  }),
  { minLength: 5, maxLength: 40, size: 'max' },
)

const pairsOf = (asked: readonly Asked[]) =>
  [...Map.groupBy(asked, ({ key }) => key).values()].flatMap(all =>
    all.slice(1).map((later, index) => [all[index] as Asked, later] as const),
  )
const isSameSoon = ([earlier, later]: readonly [Asked, Asked]) =>
  earlier.aim === later.aim && later.at - earlier.at < MINUTE

/** No object is written twice for the same within a minute, unless somebody else wrote in between. */
const keepsItsPeace = ({ server: { asked } }: World) => {
  const known = pairsOf(asked.filter(({ kind }) => kind === 'written')).filter(isSameSoon)
  assert.deepEqual(known, [], 'written twice, knowingly')
  const stored = pairsOf(asked.filter(one => one.stored !== undefined)).filter(isSameSoon)
  for (const [earlier, later] of stored) assert.notEqual(later.from, earlier.stored)
}

/** Once nobody interferes, all is as it should be, long before everything is looked at again. */
const comesToRest = async (world: World) => {
  const { server, clock, around, reconciler } = world
  for (const what of CALM) DEEDS[what]?.(world, 0)
  for (let seconds = 0; seconds < 480; seconds += 10) {
    rollOut(world, 0)
    await clock.advance(10_000)
  }
  const known: Facts = { ...around.base, snapshot: snapshotOf(server.all), isLive: true }
  for (const object of server.all.filter(one => textAt(one, 'kind') !== 'Namespace'))
    assert.deepEqual(planOf(object, known).patch, [], `${keyOf(object)} is not right`)
  assert.equal(reconciler.backlog, 0)
}

/** Notes what no write may be. */
const watchOver = ({ server, around }: World): readonly string[] => {
  const wrong: string[] = []
  const underWay = new Set<string>()
  server.onAsked = ({ object }) => {
    const key = keyOf(object)
    if (!around.isLeader || around.isStale) wrong.push(`${key} was written by one that may not`)
    if (underWay.has(key)) wrong.push(`${key} was written twice at once`)
    underWay.add(key)
  }
  server.onAnswered = ({ object }) => underWay.delete(keyOf(object))
  return wrong
}

const tell = async (
  scope: Scope,
  deeds: readonly { what: string; which: number; milliseconds: number }[],
) => {
  const objects = ['default', 'other'].map(name => namespace(name, { [LABEL]: 'enabled' }))
  const world = reconciled(scope, [...objects, ...WRITTEN], { surroundings: { base: MESHES[0] } })
  const wrong = watchOver(world)
  world.reconciler.start()
  for (const { what, which, milliseconds } of deeds) {
    DEEDS[what]?.(world, which)
    await world.clock.advance(milliseconds)
  }
  await comesToRest(world)
  keepsItsPeace(world)
  assert.deepEqual(wrong, [])
  return world
}

const alone = async <T>(run: (scope: Scope) => Promise<T>): Promise<T> => {
  const ends: (() => unknown)[] = []
  try {
    return await run({ teardown: end => ends.unshift(end) })
  } finally {
    for (const end of ends) await end()
  }
}

t.test('whatever happens, nobody is written against in turns, and all comes to rest', async t => {
  let writes = 0
  await fc.assert(
    fc.asyncProperty(story, deeds =>
      alone(async scope => {
        const { server } = await tell(scope, deeds)
        writes += server.asked.length
      }),
    ),
    { numRuns: 100 },
  )
  t.ok(writes > 300, `${writes} writes`)
})
