import { t } from 'tap'
import { formatMeshRef } from '../../src/core/mesh.ts'
import { distinct, selectForms, wantsMesh } from '../../src/core/selection.ts'
import { parseVersion } from '../../src/core/version.ts'
import { facts, mesh } from '../harness/build.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const FACTS = facts(
  mesh('a.istio'),
  mesh('b.istio.canary'),
  mesh('n.new', { istioVersion: '1.22.0' }),
  mesh('o.new', { istioVersion: '1.22.0' }),
  mesh('u.unknown', { istioVersion: undefined }),
)
const GLOO = parseVersion('1.0.0')

const select = (value: unknown) => {
  const annotations = value === undefined ? {} : { 'gloo-istio.io/meshes': value }
  const { forms, slips, undecided } = selectForms(gatewayProxy({ annotations }), FACTS, GLOO)
  return {
    forms: forms.map(form => formatMeshRef(form.mesh)).join(' '),
    slips: slips.map(({ reason }) => reason).join(' '),
    undecided: undecided.map(({ reason }) => reason).join(' '),
  }
}

const EVERY = 'NoModeFits IstioVersionUnknown'
// gloo-istio.io/meshes | meshes with a form | slips | why there are no others
const selections: readonly [unknown, string, string, string][] = [
  [undefined, 'a.istio b.istio.canary', '', EVERY],
  [null, 'a.istio b.istio.canary', '', EVERY],
  ['a.istio', 'a.istio', '', ''],
  ['b.istio.canary', 'b.istio.canary', '', ''],
  [' b.istio.canary ,a.istio', 'a.istio b.istio.canary', '', ''],
  ['a.istio,a.istio', 'a.istio', '', ''],
  ['n.new,o.new', '', '', 'NoModeFits'],
  ['u.unknown,a.istio', 'a.istio', '', 'IstioVersionUnknown'],
  ['a.istio,x.y', 'a.istio', 'UnknownMesh', ''],
  ['a.istio,', 'a.istio', 'MalformedMeshReference', ''],
  ['A.istio,x.y', '', 'MalformedMeshReference UnknownMesh', ''],
  ['', '', 'MalformedMeshReference', ''],
  [['a.istio'], '', 'MalformedMeshReference', ''],
  [true, '', 'MalformedMeshReference', ''],
  ['x.a,x.b,x.c,x.d,x.e,x.f,x.g', '', Array.from({ length: 5 }, () => 'UnknownMesh').join(' '), ''],
]
for (const [value, forms, slips, undecided] of selections)
  t.test(`meshes ${JSON.stringify(value)} are ${forms || 'none'}`, async t =>
    t.strictSame(select(value), { forms, slips, undecided }),
  )

t.test('without a version of Gloo there is no form, which is said once', async t => {
  const { forms, undecided } = selectForms(gatewayProxy(), FACTS, undefined)
  t.strictSame(forms, [])
  t.strictSame(
    undecided.map(({ reason }) => reason),
    ['GlooVersionUnknown'],
  )
})

t.test('findings with the same words are one', async t => {
  const finding = (message: string) =>
    ({ reason: 'UnknownMesh', level: 'warning', message }) as const
  const [a, b] = [finding('a'), finding('b')]
  t.strictSame(distinct([a, b, finding('a'), b]), [a, b])
  t.equal(distinct([a, finding('a')])[0], a, 'the first of them')
  t.strictSame(distinct([]), [])
})

t.test('a workload wants the meshes that it selects', async t => {
  const [a, b] = FACTS.meshes.map(found => (value: unknown) => {
    const annotations = value === undefined ? {} : { 'gloo-istio.io/meshes': value }
    return wantsMesh(gatewayProxy({ annotations }), FACTS, found)
  })
  t.strictSame([a?.(undefined), b?.(undefined)], [true, true])
  t.strictSame([a?.('a.istio'), b?.('a.istio')], [true, false])
  t.strictSame([a?.('x.y'), b?.('')], [false, false])
})
