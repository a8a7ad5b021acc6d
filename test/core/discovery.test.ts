import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { correctDiscovery } from '../../src/core/discovery.ts'
import { fieldAt } from '../../src/core/json.ts'
import { inject, injectInStage } from '../../src/core/review.ts'
import type { AdmissionRequest, Facts, JsonObject } from '../../src/core/types.ts'
import { viewUpstream, withSslConfig } from '../../src/core/upstream.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { namespace, seen, service, settled } from '../harness/cluster.ts'

const DISCOVERY = 'system:serviceaccount:gloo-system:discovery'
const KUBE = { kube: { serviceName: 'details', serviceNamespace: 'default', servicePort: 9080 } }
const discovered = (annotations?: JsonObject, spec: JsonObject = KUBE): JsonObject => ({
  ...upstream({}, {}),
  metadata: {
    name: 'x',
    namespace: 'gloo-system',
    labels: { discovered_by: 'kubernetesplugin' },
    ...(annotations && { annotations }),
  },
  spec,
})
const MTLS = 'gloo-istio.io/mtls'
const [ON, OFF] = [{ [MTLS]: 'enabled' }, { [MTLS]: 'disabled' }]
const FACTS = facts(mesh('team-a.istio'))
const KNOWN = seen(FACTS, service())

const write = (object: JsonObject, more: Partial<AdmissionRequest> = {}) =>
  requestOf(object, { user: DISCOVERY, ...more }) as Write
const update = (object: JsonObject, oldObject: JsonObject, more: Partial<AdmissionRequest> = {}) =>
  write(object, { operation: 'UPDATE', oldObject, ...more })
const annotationsOf = (object: JsonObject) => fieldAt(object, 'metadata', 'annotations')
const sslConfigOf = (object: JsonObject) => viewUpstream(object).sslConfig
const unlabelled = (object: JsonObject): JsonObject => ({ ...object, metadata: { name: 'x' } })

// what is written over an Upstream with annotations of ours | by whom | what annotations it has then
const cases: readonly [string, JsonObject, Partial<AdmissionRequest>, unknown][] = [
  ['by discovery', discovered(), {}, OFF],
  ['by discovery, with those of the Service', discovered({ a: 'b' }), {}, { a: 'b', ...OFF }],
  ['by discovery, with one of ours', discovered({ a: 'b', ...ON }), {}, { a: 'b', ...OFF }],
  ['by discovery, with odd ones', discovered('x' as never), {}, OFF],
  ['by a person', discovered(), { user: 'jane' }, undefined],
  ['by a person, with one of ours', discovered(ON), { user: 'jane' }, ON],
  ['from another namespace', discovered(), { user: 'system:serviceaccount:ci:x' }, undefined],
  [
    'of another kind',
    discovered(),
    { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
    undefined,
  ],
  ['and not discovered', unlabelled(discovered()), {}, undefined],
]
for (const [title, object, more, expected] of cases)
  t.test(`written ${title}`, async t => {
    const kept = correctDiscovery(update(object, discovered(OFF), more), FACTS)
    t.strictSame(annotationsOf(kept), expected)
  })

// What discovery copies from the Service onto an Upstream without annotations of ours.
const copies: readonly [string, Facts, JsonObject | undefined, unknown][] = [
  ['a Service that is known is asked itself', KNOWN, { a: 'b', ...ON }, { a: 'b' }],
  ['a Service that is not known is believed', FACTS, { a: 'b', ...ON }, { a: 'b', ...ON }],
  ['nothing copied is nothing to take away', KNOWN, { a: 'b' }, { a: 'b' }],
  ['nor where there is no annotation', KNOWN, undefined, undefined],
]
for (const [title, known, copied, expected] of copies)
  t.test(title, async t => {
    const object = discovered(copied)
    const kept = [
      correctDiscovery(write(object), known),
      correctDiscovery(update(object, discovered({ c: 'd' })), known),
    ]
    for (const found of kept) t.strictSame(annotationsOf(found), expected)
    if (copied === expected) t.equal(kept[0], object)
  })

const OURS = settled(discovered(ON), FACTS)
const ours = sslConfigOf(OURS) as JsonObject
const THEIRS = { sni: 'mine.example.com' }
const holding = (sslConfig: JsonObject | undefined, annotations?: JsonObject) =>
  withSslConfig(discovered(annotations), sslConfig)
const UPSTREAM_CONFIG = { 'gloo.solo.io/upstream_config': '{"sslConfig":{"sni":"x"}}' }

// what discovery writes | what was there | sslConfig that it has then
const configs: readonly [string, JsonObject, JsonObject, unknown][] = [
  ['ours, over what was switched off', holding(ours), discovered(OFF), undefined],
  ['ours, over what never had any', holding(ours), discovered(), undefined],
  ['ours, over that of a person', holding(ours), holding(THEIRS), THEIRS],
  ['an old one of a person, over ours', holding(THEIRS), OURS, ours],
  ['none, over ours', discovered(), OURS, ours],
  ['that of a person, over none and no mark', holding(THEIRS), discovered(), THEIRS],
  ['that of the Service, over ours', holding(THEIRS, UPSTREAM_CONFIG), OURS, THEIRS],
]
for (const [title, object, oldObject, expected] of configs)
  t.test(
    `discovery that brings ${title}, is ${expected === undefined ? 'without' : 'with'} one`,
    async t => {
      t.strictSame(sslConfigOf(correctDiscovery(update(object, oldObject), FACTS)), expected)
      const byPerson = correctDiscovery(update(object, oldObject, { user: 'jane' }), FACTS)
      t.equal(byPerson, object, 'a person is not corrected')
    },
  )

t.test('a spec that is no object is left to be refused', async t => {
  for (const spec of [0, null, 'x'] as unknown as readonly JsonObject[])
    t.equal(correctDiscovery(update(discovered(undefined, spec), OURS), FACTS)['spec'], spec)
})

t.test('discovery that creates is left what it brings', async t => {
  const object = holding(ours)
  t.equal(correctDiscovery(write(object), FACTS), object)
})

t.test('discovery cannot switch on again what was switched off, nor off what was on', async t => {
  const person = { user: 'jane' }
  const off = inject(
    update({ ...OURS, metadata: discovered(OFF)['metadata'] }, OURS, person),
    FACTS,
  )
  t.equal(sslConfigOf(off.object), undefined, 'a person switches it off')
  const again = inject(update(discovered(undefined, OURS['spec'] as JsonObject), off.object), FACTS)
  t.equal(sslConfigOf(again.object), undefined, 'discovery brings its own copy back')
  t.strictSame(annotationsOf(again.object), OFF)
  const bare = inject(update(discovered(), OURS), FACTS)
  t.strictSame(bare.object, OURS, 'discovery forgets all of it')
})

t.test('nor does it bring back what its namespace was switched off from', async t => {
  const selecting = seen(FACTS, service(), namespace('default', { [MTLS]: 'enabled' }))
  const on = settled(discovered(), selecting)
  t.ok(sslConfigOf(on))
  const off = settled(on, seen(FACTS, service(), namespace('default')))
  t.strictSame(off, discovered())
  const back = inject(update(discovered(undefined, on['spec'] as JsonObject), off), KNOWN)
  t.strictSame(back.object, discovered())
})

for (const stage of ['observe', 'warn'] as const)
  t.test(
    `with stage ${stage} it cannot break what stands, nor bring back what is gone`,
    async t => {
      const known: Facts = { ...FACTS, stage }
      const stored = (object: JsonObject, oldObject: JsonObject) =>
        injectInStage(update(object, oldObject), known).object
      t.strictSame(stored(discovered(), OURS), OURS, 'it forgets all of it')
      t.strictSame(stored(holding(ours), OURS), OURS, 'it forgets the mark')
      t.strictSame(stored(holding(ours), discovered(OFF)), discovered(OFF), 'it brings it back')
      t.strictSame(
        stored(discovered(), discovered(ON)),
        discovered(ON),
        'it forgets who selects it',
      )
    },
  )
