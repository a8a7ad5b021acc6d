import { t } from 'tap'
import {
  defaultMesh,
  findMesh,
  formatMeshRef,
  hasCertificateSecrets,
  meshByReference,
  parseMeshRef,
  withoutSecrets,
} from '../../src/core/mesh.ts'
import { facts, mesh } from '../harness/build.ts'

const references: readonly [unknown, { namespace: string; name: string } | undefined][] = [
  ['supergloo-system.istio', { namespace: 'supergloo-system', name: 'istio' }],
  ['a.istio.canary', { namespace: 'a', name: 'istio.canary' }],
  ['istio', undefined],
  ['.istio', undefined],
  ['a.', undefined],
  ['a.b.', undefined],
  ['A.istio', undefined],
  ['a_b.istio', undefined],
  ['../etc.istio', undefined],
  ['a.../b', undefined],
  ['a.b c', undefined],
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
})

t.test('a reference means a mesh, or says why it does not', async t => {
  t.equal(meshByReference(TWO, 'key', 'team-a.istio'), TWO.meshes[0])
  t.match(meshByReference(TWO, 'key', 'istio'), { reason: 'MalformedMeshReference' })
  t.match(meshByReference(TWO, 'key', 'c.istio'), {
    reason: 'UnknownMesh',
    message: /known: team-a.istio, team-b.istio$/,
  })
  t.match(meshByReference(facts(), 'key', 'c.istio'), { message: /known: none$/ })
  const many = facts(...['a.a', 'b.b', 'c.c', 'd.d', 'e.e'].map(name => mesh(name)))
  t.match(meshByReference(many, 'key', 'x.x'), { message: /known: a.a, b.b, c.c, 2 more$/ })
})

t.test('without a reference it is the default mesh, or the only one', async t => {
  t.match(defaultMesh(facts()), { reason: 'NoMeshConfigured' })
  t.equal(formatMeshRef(defaultMesh(facts(mesh('a.b'))) as never), 'a.b')
  t.match(defaultMesh(TWO), { reason: 'AmbiguousMesh' })
  const named = { ...TWO, defaultMesh: { namespace: 'team-b', name: 'istio' } }
  t.equal(defaultMesh(named), TWO.meshes[1])
})

t.test('a mesh without Secrets is said to be so, with its version', async t => {
  const { message } = withoutSecrets(mesh('a.b', { istioVersion: '1.22.0' }))
  t.match(message, 'mesh a.b runs Istio 1.22.0, which writes no certificate Secrets')
})

// istioVersion | certificates in Secrets
const versions: readonly [string | undefined, boolean][] = [
  [undefined, true],
  ['1.0', true],
  ['1.0.6', true],
  ['v1.4.10', true],
  ['1.4.10-gke.1', true],
  ['1.5.0', false],
  ['1.22.0', false],
  ['2.0.0', false],
  ['latest', false],
]
for (const [istioVersion, expected] of versions)
  t.test(
    `Istio ${istioVersion} ${expected ? 'writes' : 'writes no'} certificate Secrets`,
    async t => t.equal(hasCertificateSecrets(mesh('a.b', { istioVersion })), expected),
  )
