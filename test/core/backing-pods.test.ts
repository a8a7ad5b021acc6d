import { t } from 'tap'
import {
  backingLabels,
  backingOf,
  describeBacking,
  hasSidecar,
  isAmbient,
  isMeshMember,
  namespaceLabels,
  serviceAccountsOf,
} from '../../src/core/backing-pods.ts'
import { snapshotOf, withCollection } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { namespace, pod, podInMesh, SIDECAR, service } from '../harness/cluster.ts'

const DETAILS = { namespace: 'default', service: 'details', port: 9080 }
const INJECTED = namespace('default', { 'istio-injection': 'enabled' })

// pod | whether it has a sidecar
const pods: readonly [string, JsonObject, boolean][] = [
  ['with the label of Istio 1.4 and later', podInMesh(), true],
  [
    'that is labelled not to take mutual TLS',
    pod(
      { labels: { 'security.istio.io/tlsMode': 'disabled' } },
      { containers: [{ name: 'istio-proxy' }] },
    ),
    false,
  ],
  [
    'with the status of the injector',
    pod({ annotations: { 'sidecar.istio.io/status': '' } }),
    true,
  ],
  ['with its container', pod({}, { containers: [{ name: 'app' }, { name: 'istio-proxy' }] }), true],
  ['with it as native sidecar', pod({}, { initContainers: [{ name: 'istio-proxy' }] }), true],
  ['with none of these', pod(), false],
  ['with no containers', pod({}, { containers: null }), false],
  ['of nothing', {}, false],
]
for (const [title, found, expected] of pods)
  t.test(`a pod ${title} has ${expected ? 'a' : 'no'} sidecar`, async t =>
    t.equal(hasSidecar(found), expected),
  )

const OTHERS = [
  pod({ name: 'other', labels: { app: 'other' } }),
  pod({ name: 'elsewhere', namespace: 'other' }),
  pod({ name: 'done' }, {}, 'Succeeded'),
  pod({ name: 'failed' }, {}, 'Failed'),
]

// what is known | pods behind the Service | with a sidecar
const backings: readonly [string, readonly JsonObject[], number, number][] = [
  ['a Service and its pods', [service(), pod(), podInMesh({ name: 'b' }), ...OTHERS], 2, 1],
  ['pods that are all of something else', [service(), ...OTHERS], 0, 0],
  ['a Service alone', [service()], 0, 0],
  ['pods alone', [pod()], 0, 0],
  ['a Service that selects nothing', [service({}, { selector: {} }), pod()], 0, 0],
  ['a Service without a selector', [service({}, { selector: undefined }), pod()], 0, 0],
  [
    'a Service with two labels',
    [service({}, { selector: { app: 'details', v: '1' } }), pod()],
    0,
    0,
  ],
  ['another Service', [service({ name: 'other' }), pod()], 0, 0],
]
for (const [title, objects, count, withSidecar] of backings)
  t.test(`${title}: ${withSidecar} of ${count} pods`, async t => {
    const found = backingOf(snapshotOf(objects), DETAILS)
    t.match(found, { withSidecar })
    t.equal(found.pods.length, count)
    t.equal(
      describeBacking(withSidecar, found, DETAILS),
      `${withSidecar} of ${count} pods of default/details`,
    )
  })

t.test('of an unknown cluster, no pods are known', async t =>
  t.strictSame(backingOf(undefined, DETAILS).pods, []),
)

t.test('an answer is kept until a pod or the Service changes', async t => {
  const before = snapshotOf([service(), service({ name: 'other' }), pod()])
  const first = backingOf(before, DETAILS)
  t.equal(backingOf(before, DETAILS), first)
  t.equal(backingOf({ ...before, settings: new Map() }, DETAILS), first)
  t.not(backingOf(before, { ...DETAILS, service: 'other' }), first)
  const morePods = withCollection(before, 'pods', [pod(), podInMesh({ name: 'b' })])
  t.match(backingOf(morePods, DETAILS), { withSidecar: 1 })
  const selector = { selector: { app: 'nothing' } }
  const narrowed = withCollection(before, 'services', [service({}, selector)])
  t.equal(backingOf(narrowed, DETAILS).pods.length, 0)
})

const REVISION = { 'istio.io/rev': '1-22' }
// what is known | whether the destination is a member of the mesh
const members: readonly [string, readonly JsonObject[], boolean][] = [
  ['nothing', [], false],
  ['an injected namespace', [INJECTED], true],
  ['a namespace of a revision', [namespace('default', REVISION)], true],
  ['another namespace', [namespace('other', REVISION)], false],
  ['a namespace without labels', [namespace('default')], false],
  [
    'a namespace of a revision where injection is off',
    [namespace('default', { ...REVISION, 'istio-injection': 'disabled' })],
    false,
  ],
  ['an injected namespace, and a pod without a sidecar', [INJECTED, service(), pod()], false],
  ['a pod with a sidecar', [service(), podInMesh()], true],
  ['some pods with a sidecar', [service(), podInMesh(), pod({ name: 'b' })], true],
  ['pods with a sidecar behind another Service', [service({ name: 'x' }), podInMesh()], false],
]
for (const [title, objects, expected] of members)
  t.test(`of ${title}, a destination is ${expected ? 'a' : 'no'} member`, async t =>
    t.equal(isMeshMember(snapshotOf(objects), DETAILS), expected),
  )

t.test('a destination is ambient by its namespace, unless its pods have sidecars', async t => {
  const ambient = namespace('default', { 'istio.io/dataplane-mode': 'ambient' })
  t.ok(isAmbient(snapshotOf([ambient]), DETAILS))
  t.ok(isAmbient(snapshotOf([ambient, service(), pod()]), DETAILS))
  t.notOk(isAmbient(snapshotOf([ambient, service(), pod(), podInMesh({ name: 'b' })]), DETAILS))
  t.notOk(isAmbient(snapshotOf([INJECTED]), DETAILS))
  t.notOk(
    isAmbient(snapshotOf([namespace('default', { 'istio.io/dataplane-mode': 'none' })]), DETAILS),
  )
  t.notOk(isAmbient(undefined, DETAILS))
})

t.test('the labels of a namespace are those it has', async t => {
  t.strictSame(namespaceLabels(snapshotOf([INJECTED]), 'default'), { 'istio-injection': 'enabled' })
  t.equal(namespaceLabels(snapshotOf([INJECTED]), 'other'), undefined)
  t.equal(namespaceLabels(undefined, 'default'), undefined)
})

t.test('the labels behind a Service are those of a pod, else what it selects', async t => {
  const known = snapshotOf([service(), podInMesh()])
  t.strictSame(backingLabels(known, DETAILS), { app: 'details', ...SIDECAR })
  t.strictSame(backingLabels(snapshotOf([service()]), DETAILS), { app: 'details' })
  t.equal(backingLabels(snapshotOf([]), DETAILS), undefined)
  t.equal(backingLabels(undefined, DETAILS), undefined)
})

t.test('pods run as ServiceAccounts, each named once', async t => {
  const known = snapshotOf([
    service(),
    ...['b', 'a', 'b', ''].map((serviceAccountName, at) =>
      pod({ name: `details-${at}` }, { serviceAccountName }),
    ),
  ])
  t.strictSame(serviceAccountsOf(backingOf(known, DETAILS)), ['a', 'b', 'default'])
  t.strictSame(serviceAccountsOf(backingOf(undefined, DETAILS)), [])
})
