import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { withKeptAnnotations } from '../../src/core/discovery.ts'
import { fieldAt } from '../../src/core/json.ts'
import { inject } from '../../src/core/review.ts'
import type { AdmissionRequest, JsonObject } from '../../src/core/types.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'

const DISCOVERY = 'system:serviceaccount:gloo-system:discovery'
const discovered = (annotations: JsonObject | undefined, spec: JsonObject = { kube: {} }) => ({
  ...upstream({}, {}),
  metadata: {
    name: 'x',
    namespace: 'gloo-system',
    labels: { discovered_by: 'kubernetesplugin' },
    ...(annotations && { annotations }),
  },
  spec,
})
const OFF = { 'gloo-istio.io/mtls': 'disabled' }
const update = (object: JsonObject, oldObject: JsonObject, more: Partial<AdmissionRequest> = {}) =>
  requestOf(object, { operation: 'UPDATE', oldObject, user: DISCOVERY, ...more }) as Write
const annotationsOf = (object: JsonObject) => fieldAt(object, 'metadata', 'annotations')

const unlabelled = (object: JsonObject): JsonObject => ({ ...object, metadata: { name: 'x' } })

// what is written over an Upstream with annotations of ours | by whom | what annotations it has then
const cases: readonly [string, JsonObject, Partial<AdmissionRequest>, unknown][] = [
  ['by discovery', discovered(undefined), {}, OFF],
  ['by discovery, with those of the Service', discovered({ a: 'b' }), {}, { a: 'b', ...OFF }],
  ['by a person', discovered(undefined), { user: 'jane' }, undefined],
  [
    'from another namespace',
    discovered(undefined),
    { user: 'system:serviceaccount:ci:x' },
    undefined,
  ],
  [
    'of another kind',
    discovered(undefined),
    { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
    undefined,
  ],
  ['and not discovered', unlabelled(discovered(undefined)), {}, undefined],
  [
    'with one of ours',
    discovered({ 'gloo-istio.io/mtls': 'enabled' }),
    {},
    { 'gloo-istio.io/mtls': 'enabled' },
  ],
]
for (const [title, object, more, expected] of cases)
  t.test(`written ${title}`, async t => {
    const kept = withKeptAnnotations(update(object, discovered(OFF), more))
    t.strictSame(annotationsOf(kept), expected)
  })

t.test('nothing to keep is nothing to put back', async t => {
  const object = discovered(undefined)
  t.equal(withKeptAnnotations(update(object, discovered({ a: 'b' }))), object)
  t.equal(withKeptAnnotations(requestOf(object, { user: DISCOVERY }) as Write), object)
})

t.test('discovery cannot switch on again what was switched off, nor off what was on', async t => {
  const known = facts(mesh('team-a.istio'))
  const on = inject(requestOf(discovered({ 'gloo-istio.io/mtls': 'enabled' })), known).object
  const off = inject(
    update({ ...on, metadata: discovered(OFF).metadata }, on, { user: 'jane' }),
    known,
  )
  t.equal(viewUpstream(off.object).sslConfig, undefined, 'a person switches it off')
  const again = inject(update(discovered(undefined, on['spec'] as JsonObject), off.object), known)
  t.equal(viewUpstream(again.object).sslConfig, undefined, 'discovery brings its own copy back')
  t.strictSame(annotationsOf(again.object), OFF)
  const bare = inject(update(discovered(undefined), on), known).object
  t.strictSame(bare, on, 'discovery forgets all of it')
})
