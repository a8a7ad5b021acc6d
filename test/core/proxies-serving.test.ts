import { t } from 'tap'
import { textAt } from '../../src/core/json.ts'
import { isWaitedFor, proxiesServing, upstreamsServedFrom } from '../../src/core/proxies-serving.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { upstream } from '../harness/build.ts'
import { rolledOut } from '../harness/cluster.ts'
import { gatewayProxy, type Shape } from '../harness/workloads.ts'

const interlock = (value: string): Shape => ({ annotations: { 'gloo-istio.io/interlock': value } })
const scaled = (replicas: number) => {
  const proxy = gatewayProxy()
  return { ...proxy, spec: { ...(proxy['spec'] as object), replicas } }
}
const onNodes = (pods: number) => rolledOut({ ...gatewayProxy(), kind: 'DaemonSet' }, pods)

// workload | whether Upstreams wait for it
const workloads: readonly [string, JsonObject, boolean][] = [
  ['a proxy', gatewayProxy(), true],
  ['a proxy of two pods', scaled(2), true],
  ['a proxy without pods', scaled(0), false],
  ['a proxy on each node', onNodes(2), true],
  ['a proxy on no node', onNodes(0), false],
  ['another workload', gatewayProxy({ labels: {} }), false],
  ['a proxy that was taken out', gatewayProxy(interlock('disabled')), false],
  ['a proxy that was taken in', gatewayProxy(interlock('enabled')), true],
  ['a proxy that was taken out by a slip', gatewayProxy(interlock('no')), true],
]
for (const [title, workload, expected] of workloads)
  t.test(`${title} is ${expected ? '' : 'not '}waited for`, async t =>
    t.equal(isWaitedFor(workload), expected),
  )

const placed = (object: JsonObject, namespace: string, name = 'gateway-proxy'): JsonObject => ({
  ...object,
  metadata: { ...(object['metadata'] as JsonObject), namespace, name },
})
const A = placed(gatewayProxy(), 'a')
const A2 = placed(onNodes(1), 'a', 'second')
const B = placed(gatewayProxy(), 'b')
const IDLE = placed(scaled(0), 'idle')
const OF_A = placed(upstream(), 'a', 'u')
const OF_B = placed(upstream(), 'b', 'u')
const OF_IDLE = placed(upstream(), 'idle', 'u')
const OF_C = placed(upstream(), 'c', 'u')
const WORLD = snapshotOf([A, A2, B, IDLE, OF_A, OF_B, OF_IDLE, OF_C])

t.test('an Upstream is served by the proxies beside it, else by all', async t => {
  t.strictSame(proxiesServing(WORLD, 'a'), [A, A2])
  t.strictSame(proxiesServing(WORLD, 'b'), [B])
  t.strictSame(proxiesServing(WORLD, 'c'), [A, A2, B])
  t.strictSame(proxiesServing(WORLD, 'idle'), [A, A2, B], 'one without pods serves nobody')
  t.strictSame(proxiesServing(snapshotOf([OF_A]), 'a'), [])
})

t.test('a proxy serves the Upstreams beside it, and those beside none', async t => {
  t.strictSame(upstreamsServedFrom(WORLD, 'a'), [OF_A, OF_IDLE, OF_C])
  t.strictSame(upstreamsServedFrom(WORLD, 'b'), [OF_B, OF_IDLE, OF_C])
  t.strictSame(upstreamsServedFrom(snapshotOf([A]), 'a'), [])
})

const settingsIn = (namespace: string): JsonObject => ({
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Settings',
  metadata: { namespace, name: 'default' },
})

t.test('beside Settings of Gloo are the proxies that serve elsewhere, and no others', async t => {
  const settled = snapshotOf([A, A2, B, IDLE, OF_A, OF_B, OF_IDLE, OF_C, settingsIn('a')])
  t.strictSame(proxiesServing(settled, 'c'), [A, A2])
  t.strictSame(proxiesServing(settled, 'b'), [B])
  t.strictSame(upstreamsServedFrom(settled, 'a'), [OF_A, OF_IDLE, OF_C])
  t.strictSame(upstreamsServedFrom(settled, 'b'), [OF_B])
})

t.test('Settings without a proxy beside them decide nothing', async t => {
  const apart = snapshotOf([A, B, OF_C, settingsIn('idle'), IDLE])
  t.strictSame(proxiesServing(apart, 'c'), [A, B])
  t.strictSame(upstreamsServedFrom(apart, 'b'), [OF_C])
})

t.test(
  'a proxy that was just made serves what is beside it, before the snapshot knows it',
  async t => {
    t.strictSame(upstreamsServedFrom(snapshotOf([B, OF_A, settingsIn('b')]), 'a'), [OF_A])
  },
)

t.test('the two are the same, seen from either side', async t => {
  const homeOf = (object: JsonObject) => textAt(object, 'metadata', 'namespace')
  for (const proxy of [A, A2, B])
    for (const found of [OF_A, OF_B, OF_IDLE, OF_C]) {
      const isServing = proxiesServing(WORLD, homeOf(found)).includes(proxy)
      t.equal(upstreamsServedFrom(WORLD, homeOf(proxy)).includes(found), isServing)
    }
})
