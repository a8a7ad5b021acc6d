import { t } from 'tap'
import {
  defaultMesh,
  discoveryAddressOf,
  findMesh,
  formatMeshRef,
  meshByReference,
  parseMeshRef,
} from '../../src/core/mesh.ts'
import type { Mesh } from '../../src/core/types.ts'
import { facts, mesh } from '../harness/build.ts'

const references: readonly [unknown, { namespace: string; name: string } | undefined][] = [
  ['supergloo-system.istio', { namespace: 'supergloo-system', name: 'istio' }],
  ['a.istio.canary', { namespace: 'a', name: 'istio.canary' }],
  [`${'x'.repeat(63)}.istio`, { namespace: 'x'.repeat(63), name: 'istio' }],
  ['istio', undefined],
  ['.istio', undefined],
  ['a.', undefined],
  ['a.b.', undefined],
  ['A.istio', undefined],
  ['a_b.istio', undefined],
  ['../etc.istio', undefined],
  ['a.../b', undefined],
  ['a.b c', undefined],
  ['a.b\n', undefined],
  [`${'x'.repeat(64)}.istio`, undefined],
  [`a.${'x'.repeat(254)}`, undefined],
  ['', undefined],
  [undefined, undefined],
  [3, undefined],
]
for (const [text, expected] of references)
  t.test(`mesh reference ${JSON.stringify(text)}`, async t => {
    t.strictSame(parseMeshRef(text), expected)
    if (expected) t.equal(formatMeshRef(expected), text)
  })

const TWO = facts(mesh('team-a.istio'), mesh('team-b.istio'))

t.test('a mesh is found by namespace and name together', async t => {
  t.equal(findMesh(TWO, { namespace: 'team-b', name: 'istio' }), TWO.meshes[1])
  t.equal(findMesh(TWO, { namespace: 'team-b', name: 'other' }), undefined)
  t.equal(findMesh(TWO, { namespace: 'team-c', name: 'istio' }), undefined)
})

t.test('a reference means a mesh, or says why it does not', async t => {
  t.equal(meshByReference(TWO, 'key', 'team-a.istio'), TWO.meshes[0])
  t.match(meshByReference(TWO, 'key', 'istio'), { reason: 'MalformedMeshReference' })
  t.match(meshByReference(TWO, 'key', 'c.istio'), {
    reason: 'UnknownMesh',
    message: /known: team-a.istio, team-b.istio$/,
  })
  t.match(meshByReference(facts(), 'key', 'c.istio'), { message: /known: none$/ })
  const three = facts(...['a.a', 'b.b', 'c.c'].map(name => mesh(name)))
  t.match(meshByReference(three, 'key', 'x.x'), { message: /known: a.a, b.b, c.c$/ })
  const many = facts(...['a.a', 'b.b', 'c.c', 'd.d', 'e.e'].map(name => mesh(name)))
  t.match(meshByReference(many, 'key', 'x.x'), { message: /known: a.a, b.b, c.c, 2 more$/ })
})

t.test('without a reference it is the default mesh, or the only one', async t => {
  t.match(defaultMesh(facts()), { reason: 'NoMeshConfigured' })
  const one = facts(mesh('a.b'))
  t.equal(defaultMesh(one), one.meshes[0])
  t.match(defaultMesh(TWO), { reason: 'AmbiguousMesh', message: /team-a.istio, team-b.istio$/ })
  const named = { ...TWO, defaultMesh: { namespace: 'team-b', name: 'istio' } }
  t.equal(defaultMesh(named), TWO.meshes[1])
  const gone = { ...TWO, defaultMesh: { namespace: 'team-c', name: 'istio' } }
  t.match(defaultMesh(gone), { reason: 'AmbiguousMesh' })
})

const addresses: readonly [Partial<Mesh>, string][] = [
  [{}, 'istiod.istio-system.svc:15012'],
  [{ istioNamespace: 'mesh' }, 'istiod.mesh.svc:15012'],
  [{ revision: '1-22' }, 'istiod-1-22.istio-system.svc:15012'],
  [{ revision: '' }, 'istiod.istio-system.svc:15012'],
  [{ discoveryAddress: 'istiod.example:443', revision: '1-22' }, 'istiod.example:443'],
]
for (const [more, expected] of addresses)
  t.test(`istiod of ${JSON.stringify(more)} is at ${expected}`, async t =>
    t.equal(discoveryAddressOf(mesh('a.b', more)), expected),
  )
