import { t } from 'tap'
import { LiveCluster, STALE_MS } from '../../src/cluster/live-cluster.ts'
import type { Place } from '../../src/core/affected.ts'
import { fieldAt, withValue } from '../../src/core/json.ts'
import type { Told } from '../../src/core/live.ts'
import { isRolledOut } from '../../src/core/rollout.ts'
import { allObjects, objectIn } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, gloo } from '../harness/build.ts'
import { proxyOn } from '../harness/cluster.ts'
import { HandClock, settle } from '../harness/hand-clock.ts'
import { discovered, gatewayProxy, istiod, namespace, pod, service } from '../harness/live.ts'
import { ClusterApi } from '../stand-ins/cluster-api.ts'

const TOLD: Told = {
  facts: {
    ...facts(),
    gloo: gloo({ version: undefined }),
    istioNamespaces: ['istio-system', 'istio-second'],
  },
  meshes: [],
}
const CLUSTER = [
  ...istiod('1.22.3'),
  gatewayProxy('1.17.0'),
  namespace('default'),
  service('default', 'details'),
  pod('default', 'details'),
  discovered('default', 'details'),
]
const moved = (objects: readonly JsonObject[], of: string) =>
  objects.map(object => withValue(object, ['metadata', 'namespace'], of))

/** A cluster that is followed, not started yet. */
const following = (objects: readonly JsonObject[] = CLUSTER, hasBootstraps = false) => {
  const clock = new HandClock()
  const api = new ClusterApi(objects)
  const touched: string[][] = []
  const failures: string[] = []
  const cluster = new LiveCluster({
    now: clock.now,
    sleep: clock.sleep,
    api,
    random: () => 0.5,
    told: TOLD,
    hasBootstraps,
    later: (run, milliseconds) => {
      const prevented = new AbortController()
      clock.sleep(milliseconds, prevented.signal).then(run, () => {})
      return () => prevented.abort()
    },
    onTouched: (all: readonly Place[]) => {
      touched.push(all.map(at => `${at.collection} ${at.namespace}/${at.name}`))
    },
    onFailure: (kind, error) => failures.push(`${kind}: ${String(error)}`),
  })
  t.teardown(() => cluster.close())
  /** Lets what was just sent arrive, and make a snapshot. */
  const arrive = async () => {
    for (let turn = 0; turn < 5; turn++) await settle()
    await clock.advance(50)
  }
  return { clock, api, touched, failures, cluster, arrive }
}
const followed = async (objects?: readonly JsonObject[], hasBootstraps?: boolean) => {
  const world = following(objects, hasBootstraps)
  world.cluster.start()
  await world.arrive()
  // What the control plane reads is asked for once that is known.
  await world.arrive()
  t.ok(world.cluster.isSynced)
  return world
}
const podsOf = ({ cluster }: ReturnType<typeof following>) =>
  allObjects(cluster.facts().snapshot?.pods).length

t.test('before everything was heard of once, the facts are those of the configuration', async t => {
  const { api, cluster, arrive } = following()
  const { promise, resolve } = Promise.withResolvers<void>()
  api.held.set('/peerauthentications', promise)
  t.notOk(cluster.isSynced)
  cluster.start()
  await arrive()
  t.notOk(cluster.isSynced)
  t.strictSame(cluster.facts(), { ...TOLD.facts, isSynced: false })
  resolve()
  await arrive()
  t.ok(cluster.isSynced)
  t.match(cluster.facts(), {
    isSynced: true,
    isLive: true,
    isStale: false,
    gloo: { version: '1.17.0' },
    meshes: [{ istioVersion: '1.22.3', trustDomain: 'mesh.example.com' }],
  })
  t.match(objectIn(cluster.facts().snapshot?.upstreams, 'gloo-system', 'default-details-9080'), {
    kind: 'Upstream',
  })
})

t.test('what is found to be watched along the way is waited for, too', async t => {
  const { api, cluster, arrive } = following()
  const { promise, resolve } = Promise.withResolvers<void>()
  api.held.set('/namespaces/istio-system/configmaps', promise)
  cluster.start()
  for (let turn = 0; turn < 5; turn++) await settle()
  t.notOk(cluster.isSynced, 'also before the first snapshot is due')
  await arrive()
  t.notOk(cluster.isSynced)
  resolve()
  await arrive()
  t.ok(cluster.isSynced)
  t.match(cluster.facts().meshes, [{ trustDomain: 'mesh.example.com' }])
})

t.test('a control plane that comes later unsettles nothing', async t => {
  const { api, cluster, arrive } = await followed()
  const { promise, resolve } = Promise.withResolvers<void>()
  api.held.set('/namespaces/istio-second/configmaps', promise)
  api.put(...moved(istiod('1.20.0', { trustDomain: 'second' }).slice(1), 'istio-second'))
  await arrive()
  t.ok(cluster.isSynced)
  t.match(cluster.facts().meshes, [{ istioVersion: '1.22.3' }, { istioVersion: '1.20.0' }])
  resolve()
  await arrive()
  t.match(cluster.facts().meshes[1], { trustDomain: 'second' })
})

t.test(
  'a control plane outside of the namespaces that are named for it counts for nothing',
  async t => {
    const { api, cluster, arrive } = await followed()
    api.put(...moved(istiod('1.31.0').slice(1), 'default'))
    await arrive()
    t.equal(cluster.facts().meshes.length, 1)
    t.notOk(api.asked.includes('/api/v1/namespaces/default/configmaps'))
  },
)

t.test('a control plane that is made anew takes its mesh away at no time', async t => {
  const { api, cluster, arrive } = await followed()
  const [, , deployment = {}] = istiod('1.22.3')
  api.remove(deployment)
  await arrive()
  t.match(cluster.facts().meshes, [{ istioVersion: '1.22.3' }])
  api.put(...istiod('1.23.0'))
  await arrive()
  t.match(cluster.facts().meshes, [{ istioVersion: '1.23.0' }])
})

t.test('a burst of events is told of once, with what differs', async t => {
  const { api, cluster, touched, arrive } = await followed()
  touched.length = 0
  const before = cluster.facts()
  api.put(namespace('default', { 'gloo-istio.io/mtls': 'enabled' }), discovered('default', 'a'))
  for (let turn = 0; turn < 5; turn++) await settle()
  t.equal(cluster.facts(), before, 'not before the burst is over')
  await arrive()
  t.strictSame(touched, [['namespaces /default', 'upstreams gloo-system/default-a-9080']])
  t.ok(objectIn(cluster.facts().snapshot?.upstreams, 'gloo-system', 'default-a-9080'))
  t.equal(cluster.facts().meshes, before.meshes, 'pods and Upstreams make no other meshes')
})

t.test('a pod that has ended is told of for half a minute more', async t => {
  const world = await followed()
  const { api, clock, arrive } = world
  api.put(pod('default', 'details', { podName: 'second' }))
  api.remove(pod('default', 'details'))
  api.put(withValue(pod('default', 'done'), ['status', 'phase'], 'Succeeded'))
  await arrive()
  t.equal(podsOf(world), 2)
  await clock.advance(29_000)
  t.equal(podsOf(world), 2)
  await clock.advance(2_000)
  t.equal(podsOf(world), 1)
})

t.test('a proxy that gets no other template stays rolled out', async t => {
  const proxy = proxyOn('1.22.1')
  const { api, cluster, arrive } = await followed([...istiod('1.22.3'), proxy])
  const changed = withValue(proxy, ['spec', 'strategy'], { type: 'Recreate' })
  api.put(withValue(changed, ['metadata', 'generation'], 2))
  await arrive()
  const [kept] = allObjects(cluster.facts().snapshot?.deployments).filter(
    ({ spec }) => fieldAt(spec, 'strategy', 'type') === 'Recreate',
  )
  t.ok(kept && isRolledOut(kept))
})

t.test('anything else is gone at once', async t => {
  const { api, cluster, arrive } = await followed()
  api.remove(service('default', 'details'))
  await arrive()
  t.equal(allObjects(cluster.facts().snapshot?.services).length, 0)
})

t.test('without a sign of life for five minutes, facts are old until there is one', async t => {
  const { api, clock, cluster, failures } = await followed()
  const fresh = cluster.facts()
  api.isAway = true
  api.breakWatches()
  await clock.advance(STALE_MS - 10_000)
  t.equal(cluster.facts(), fresh)
  await clock.advance(20_000)
  t.match(cluster.facts(), { isStale: true, meshes: fresh.meshes, snapshot: fresh.snapshot })
  t.ok([...cluster.staleness.values()].every(seconds => seconds > 300))
  t.ok(failures.some(line => line.startsWith('upstreams: Error: connect ECONNREFUSED')))
  api.isAway = false
  await clock.advance(60_000)
  t.equal(cluster.facts().isStale, false)
  t.ok([...cluster.staleness.values()].every(seconds => seconds < 120))
})

t.test('one watch that is silent for too long makes all facts old', async t => {
  const { api, clock, cluster } = await followed()
  api.forbidden.push('/api/v1/pods')
  api.breakWatches('/api/v1/pods')
  for (let minute = 0; minute < 6; minute++) {
    api.breakWatches('/api')
    await clock.advance(60_000)
  }
  t.ok((cluster.staleness.get('pods') ?? 0) > 300)
  t.ok((cluster.staleness.get('services') ?? 0) < 120)
  t.equal(cluster.facts().isStale, true)
})

t.test('staleness is told for each watch, before it begins from when it was made', async t => {
  const { cluster, clock } = following()
  clock.stall(7_000)
  const kinds = [...cluster.staleness.keys()]
  t.ok(kinds.includes('upstreams') && kinds.includes('controlPlanes'))
  t.strictSame([...new Set(cluster.staleness.values())], [7])
})

t.test('bootstraps are watched where they are written, and nowhere else', async t => {
  for (const hasBootstraps of [true, false]) {
    const { api, cluster } = await followed(CLUSTER, hasBootstraps)
    t.equal(api.asked.includes('/api/v1/configmaps'), hasBootstraps)
    t.equal(cluster.staleness.has('bootstraps'), hasBootstraps)
  }
})

t.test('a cluster without the resources of Istio or Gloo is heard of as well', async t => {
  const { api, cluster, arrive } = following([namespace('default')])
  api.absent.push('/apis/security.istio.io', '/apis/authentication.istio.io', '/apis/gloo.solo.io')
  cluster.start()
  await arrive()
  t.ok(cluster.isSynced)
  t.strictSame(cluster.facts().meshes, [])
})

t.test('what one may do without is not waited for when it is forbidden', async t => {
  const { api, clock, cluster, failures, arrive } = following(CLUSTER, true)
  api.forbidden.push('/api/v1/configmaps', '/api/v1/namespaces/istio-system/configmaps')
  cluster.start()
  await arrive()
  await arrive()
  t.ok(cluster.isSynced)
  t.match(cluster.facts().meshes, [{ istioVersion: '1.22.3', trustDomain: 'cluster.local' }])
  t.match(failures.map(line => line.replace(/:.*/, '')).toSorted(), [
    'bootstraps',
    'meshConfig istio-system/istio',
  ])
  await clock.advance(2 * STALE_MS)
  t.equal(cluster.facts().isStale, false)
  t.notOk(cluster.staleness.has('bootstraps'))
})

t.test('what one may not do without is waited for', async t => {
  const { api, clock, cluster, failures } = following()
  api.forbidden.push('/api/v1/pods')
  cluster.start()
  await clock.advance(60_000)
  t.notOk(cluster.isSynced)
  t.ok(failures.every(line => line.startsWith('pods: ApiError')))
  api.forbidden.length = 0
  await clock.advance(60_000)
  t.ok(cluster.isSynced)
})

t.test('after it is closed, nothing is asked for or told', async t => {
  const { api, clock, cluster, touched, arrive } = await followed()
  api.put(...moved(istiod('1.20.0').slice(1), 'istio-second'))
  for (let turn = 0; turn < 5; turn++) await settle()
  const [asked, told] = [api.asked.length, touched.length]
  cluster.close()
  await arrive()
  api.put(namespace('late'))
  await clock.advance(600_000)
  t.equal(api.asked.length, asked)
  t.equal(touched.length, told)
  t.equal(api.watches, 0)
})
