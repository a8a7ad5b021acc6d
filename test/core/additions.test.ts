import { t } from 'tap'
import {
  type Addition,
  markedState,
  podSpecOf,
  stateOf,
  statesIn,
  withChange,
} from '../../src/core/additions.ts'
import { fingerprint } from '../../src/core/fingerprint.ts'
import { valueAt, withoutValueAt, withValueAt } from '../../src/core/keyed-path.ts'
import { markOf } from '../../src/core/mark.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { ENVOY, gatewayProxy } from '../harness/workloads.ts'

const volume = (name: string, more: JsonObject = { emptyDir: {} }): Addition => ({
  path: `volumes[${name}]`,
  value: { name, ...more },
})
const MOUNT: Addition = {
  path: 'containers[gateway-proxy].volumeMounts[/certs]',
  value: { name: 'certs', mountPath: '/certs', readOnly: true },
}
const CERTS = volume('certs', { secret: { secretName: 'istio.default', defaultMode: 420 } })
const GROUP: Addition = { path: 'securityContext.fsGroup', value: 10_101 }
const CONTAINER: Addition = { path: 'containers[sds]', value: { name: 'sds', image: 'sds:1' } }
const ALL = [CERTS, MOUNT, GROUP, CONTAINER]

const withPod = (workload: JsonObject, pod: unknown): JsonObject =>
  withValueAt(workload, 'spec.template.spec', pod)
const at = (workload: JsonObject, path: string) => valueAt(podSpecOf(workload), path)

const states: readonly [string, Addition, string][] = [
  ['what is not there', CERTS, 'absent'],
  [
    'what is there as it should be',
    volume('envoy-config', { configMap: { name: 'c' } }),
    'present',
  ],
  [
    'what the API server filled in',
    volume('envoy-config', { configMap: { name: 'c', defaultMode: 420 } }),
    'present',
  ],
  ['what is something else', volume('envoy-config', { configMap: { name: 'd' } }), 'other'],
  ['a container by its name', { path: 'containers[gateway-proxy]', value: ENVOY }, 'present'],
]
for (const [title, addition, expected] of states)
  t.test(`${title} is ${expected}`, async t => t.equal(stateOf(gatewayProxy(), addition), expected))

t.test('null is not there', async t => {
  const workload = gatewayProxy({ podSpec: { securityContext: { fsGroup: null } } })
  t.equal(stateOf(workload, GROUP), 'absent')
  t.equal(stateOf({}, GROUP), 'absent', 'neither is anything without a pod')
})

// workloads that differ in what there is to hold additions
const workloads: readonly [string, JsonObject][] = [
  ['all lists', gatewayProxy({ podSpec: { securityContext: { runAsUser: 1 } } })],
  ['no security context', gatewayProxy()],
  ['an empty security context', gatewayProxy({ podSpec: { securityContext: {} } })],
  ['no volumes', withPod(gatewayProxy(), withoutValueAt(podSpecOf(gatewayProxy()), 'volumes'))],
  ['empty volumes', gatewayProxy({ volumes: [] })],
  ['no mounts', gatewayProxy({ containers: [{ name: 'gateway-proxy' }] })],
  ['empty mounts', gatewayProxy({ containers: [{ name: 'gateway-proxy', volumeMounts: [] }] })],
  ['annotations', gatewayProxy({ annotations: { a: 'b' } })],
]
for (const [title, workload] of workloads)
  t.test(`a workload with ${title} gets all additions, and loses them without a trace`, async t => {
    const before = structuredClone(workload)
    const after = withChange(workload, {}, { remove: [], add: ALL })
    for (const addition of ALL) t.equal(stateOf(after, addition), 'present', addition.path)
    t.strictSame(workload, before, 'the original is not written to')
    const mark = markOf(after)
    for (const { path, value } of ALL) t.equal(mark[path], fingerprint(value), path)
    t.equal(withChange(after, mark, { remove: [], add: [] }), after, 'no change is no copy')
    const paths = ALL.map(({ path }) => path)
    t.strictSame(withChange(after, mark, { remove: paths, add: [] }), workload)
  })

t.test('additions come and go one by one, in any order', async t => {
  const start = gatewayProxy({ volumes: [], containers: [{ name: 'gateway-proxy' }] })
  const add = (workload: JsonObject, addition: Addition) =>
    withChange(workload, markOf(workload), { remove: [], add: [addition] })
  const remove = (workload: JsonObject, { path }: Addition) =>
    withChange(workload, markOf(workload), { remove: [path], add: [] })
  for (const order of [ALL, ALL.toReversed(), [MOUNT, CONTAINER, CERTS, GROUP]]) {
    const all = order.reduce(add, start)
    for (const back of [order, order.toReversed()]) t.strictSame(back.reduce(remove, all), start)
  }
})

t.test('one is replaced by another in one change', async t => {
  const other = volume('certs', { secret: { secretName: 'istio.gateway-proxy' } })
  const first = withChange(gatewayProxy(), {}, { remove: [], add: [CERTS] })
  const change = { remove: [CERTS.path], add: [other] }
  const second = withChange(first, markOf(first), change)
  t.equal(stateOf(second, other), 'present')
  t.equal(markOf(second)[other.path], fingerprint(other.value))
})

t.test('what stands there already is marked as ours, and kept', async t => {
  const theirs = { name: 'certs', secret: { secretName: 'istio.default' } }
  const workload = gatewayProxy({ volumes: [theirs] })
  const after = withChange(workload, {}, { remove: [], add: [CERTS] })
  t.equal(at(after, CERTS.path), theirs)
  t.equal(markOf(after)[CERTS.path], fingerprint(CERTS.value))
})

t.test('a list that was made for us stays while it holds something of others', async t => {
  const bare = withPod(gatewayProxy(), withoutValueAt(podSpecOf(gatewayProxy()), 'volumes'))
  const ours = withChange(bare, {}, { remove: [], add: [CERTS, GROUP] })
  const theirs = volume('theirs')
  const both = withPod(ours, withValueAt(podSpecOf(ours), theirs.path, theirs.value))
  const left = withChange(both, markOf(both), { remove: [CERTS.path], add: [] })
  t.strictSame(at(left, 'volumes'), [theirs.value])
  const broken = withPod(ours, withValueAt(podSpecOf(ours), 'volumes', 'text'))
  const none = withChange(broken, markOf(broken), { remove: [CERTS.path], add: [] })
  t.equal(at(none, 'volumes'), 'text', 'whatever it is')
  const nulled = withPod(ours, withValueAt(podSpecOf(ours), 'securityContext', null))
  const gone = withChange(nulled, markOf(nulled), { remove: [GROUP.path], add: [] })
  t.notOk('securityContext' in (podSpecOf(gone) as JsonObject), 'null holds nothing')
})

// what became of an addition since it was marked
const marks: readonly [string, unknown, string][] = [
  ['as we left it', CERTS.value, 'intact'],
  ['with defaults of the API server', { ...(CERTS.value as object), defaultMode: 420 }, 'intact'],
  ['changed', { name: 'certs', emptyDir: {} }, 'changed'],
  ['taken away', undefined, 'gone'],
  ['null', null, 'gone'],
]
for (const [title, value, expected] of marks)
  t.test(`an addition that is ${title} is ${expected}`, async t => {
    const workload = gatewayProxy({ volumes: value ? [value as JsonObject] : [] })
    t.equal(markedState(workload, CERTS.path, fingerprint(CERTS.value)), expected)
  })

t.test('states that are asked again and again are the same', async t => {
  const workload = gatewayProxy({ volumes: [{ name: 'certs', emptyDir: {} }] })
  const stateNow = statesIn(workload)
  for (const addition of [CERTS, MOUNT, volume('certs'), CERTS])
    t.equal(stateNow(addition), stateOf(workload, addition.path === CERTS.path ? CERTS : addition))
})
