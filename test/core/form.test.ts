import { t } from 'tap'
import {
  formOf,
  isForm,
  possibleForms,
  proxyImageOf,
  sdsPortOf,
  sidecarNames,
} from '../../src/core/form.ts'
import type { ConfiguredMode, Mesh } from '../../src/core/types.ts'
import { parseVersion } from '../../src/core/version.ts'
import { facts, mesh } from '../harness/build.ts'
import { formOn } from '../harness/forms.ts'

/** Meshes m0.istio, m1.istio … of these versions of Istio, with a mode where one is pinned. */
const meshes = (...list: readonly string[]): readonly Mesh[] =>
  list.map((text, at) => {
    const [istioVersion = '', mode = 'auto'] = text.split(' ')
    return mesh(`m${at}.istio`, { istioVersion, mode: mode as ConfiguredMode })
  })

// Gloo | meshes | for each mesh: its slot, which is its place, or the reason why it has no form
const sets: readonly [string, readonly string[], readonly (number | string)[]][] = [
  ['1.0.0', ['1.0.6'], [0]],
  ['1.0.0', ['1.0.6', '1.4.10'], [0, 1]],
  ['1.22.1', ['1.22.0'], [0]],
  ['1.22.1', ['1.22.0', '1.31.0', '1.4.10'], [0, 1, 2]],
  ['1.22.1', ['1.22.0', '1.22.0 agent-socket', '1.11.0'], [0, 1, 2]],
  ['1.22.1', ['0.8.0', '1.22.0'], ['NoModeFits', 1]],
  ['1.22.1', ['1.22.0 citadel-files', '1.22.0'], ['ModeDoesNotFit', 1]],
  ['1.9.7', ['1.4.10', '1.22.0', '1.4.10 citadel-sds'], [0, 1, 2]],
  // An agent has an image, which a minor does not tell.
  ['1.22.1', ['1.22', '1.22.0'], ['ProxyImageUnknown', 1]],
  ['1.22.1', ['1.22 agent-socket'], ['ProxyImageUnknown']],
  ['1.22.1', ['1.4'], [0]],
  // An agent before 1.11 runs an Envoy of its own, with ports of its own.
  ['1.22.1', ['1.10.6', '1.10.6'], [0, 'MeshNotCarried']],
  ['1.22.1', ['1.10.6', '1.11.0'], [0, 1]],
  ['1.22.1', ['1.11.0', '1.10.6'], [0, 1]],
  ['1.22.1', ['1.4.10', '1.10.6'], [0, 1]],
  ['1.22.1', ['1.22.0 agent-socket', '1.10.6'], [0, 1]],
  // A node has one socket of one node agent.
  ['1.5.0', ['1.4.10 node-agent-sds', '1.1.17 node-agent-sds'], [0, 'MeshNotCarried']],
  ['1.5.0', ['1.4.10 node-agent-sds', '1.4.10'], [0, 1]],
  ['1.5.0', ['1.4.10 node-agent-sds', '1.10.6'], [0, 1]],
  ['1.5.0', ['1.0.6 node-agent-sds', '1.1.17 node-agent-sds'], ['ModeDoesNotFit', 1]],
]
for (const [gloo, list, expected] of sets)
  t.test(`Gloo ${gloo} with Istio ${list.join(' and ')} gives ${expected.join(', ')}`, async t => {
    const all = facts(...meshes(...list))
    const answers = all.meshes.map(one => formOf(all, parseVersion(gloo), one))
    t.strictSame(
      answers.map(answer => (isForm(answer) ? answer.slot : answer.reason)),
      expected,
    )
    for (const [at, answer] of answers.entries())
      if (isForm(answer)) {
        t.equal(answer.mesh, all.meshes[at])
        t.equal(answer.pair.gloo?.text, gloo)
        t.equal(answer.clusterDomain, 'cluster.local')
        t.equal(answer.pair.istio?.text, list[at]?.split(' ')[0])
      }
  })

// Istio | image that is told | image of istio-proxy
const images: readonly [string | undefined, string | undefined, string | undefined][] = [
  ['1.22.3', undefined, 'docker.io/istio/proxyv2:1.22.3'],
  ['v1.22.3', undefined, 'docker.io/istio/proxyv2:1.22.3'],
  ['1.22.3-distroless', undefined, 'docker.io/istio/proxyv2:1.22.3-distroless'],
  ['1.22.3', 'mine:1', 'mine:1'],
  ['1.22', 'mine:1', 'mine:1'],
  [undefined, 'mine:1', 'mine:1'],
  ['1.22', undefined, undefined],
  [undefined, undefined, undefined],
]
for (const [istioVersion, proxyImage, expected] of images)
  t.test(`the agent of Istio ${istioVersion}, told ${proxyImage}, is ${expected}`, async t => {
    const pair = { gloo: parseVersion('1.22.1'), istio: parseVersion(istioVersion) }
    t.equal(proxyImageOf({ mesh: mesh('a.b', { istioVersion, proxyImage }), pair }), expected)
    const all = facts(mesh('a.b', { istioVersion: istioVersion ?? '1.22', proxyImage }))
    const answer = formOf(all, parseVersion('1.22.1'), all.meshes[0] as Mesh)
    if (expected === undefined) t.match(answer, { reason: 'ProxyImageUnknown', message: /a\.b/ })
    else t.ok(isForm(answer))
  })

t.test('a mesh that is left out is told which one goes first', async t => {
  const all = facts(...meshes('1.4.10', '1.9.0', '1.22.0', '1.7.0', '1.10.6'))
  const answer = formOf(all, parseVersion('1.22.1'), all.meshes[4] as Mesh)
  t.match(answer, { reason: 'MeshNotCarried', message: /m4\.istio .* istio-agent, and m1\.istio / })
})

const form = (slot: number, more: Partial<Mesh> = {}) => formOn('istio-agent', '1.22.0', more, slot)

t.test('the first mesh has the names and the port of Gloo’s own chart', async t =>
  t.strictSame(sidecarNames(form(0)), {
    sds: 'sds',
    istioProxy: 'istio-proxy',
    port: 8234,
    cluster: 'gateway_proxy_sds',
    certificate: 'istio_server_cert',
    validation: 'istio_validation_context',
  }),
)

t.test('no two meshes share a name or a port', async t => {
  const names = Array.from({ length: 20 }, (_, slot) => sidecarNames(form(slot)))
  for (const key of ['sds', 'istioProxy', 'port', 'cluster', 'certificate', 'validation'] as const)
    t.equal(new Set(names.map(name => name[key])).size, 20, key)
  for (const { sds, istioProxy } of names)
    for (const name of [sds, istioProxy]) t.match(name, /^[a-z]([-a-z0-9]*[a-z0-9])?$/)
  t.equal(sidecarNames(form(1)).sds, 'sds-2')
  t.equal(sidecarNames(form(1)).cluster, 'gateway_proxy_sds_2')
})

t.test('a port that is told goes first', async t =>
  t.strictSame(
    [0, 3].map(slot => sidecarNames(form(slot, { sdsPort: 9000 })).port),
    [9000, 9000],
  ),
)

t.test('the port of a place is known before its mesh is read', async t => {
  t.equal(sdsPortOf(0, undefined), 8234)
  t.equal(sdsPortOf(1, undefined), 8235)
  t.equal(sdsPortOf(3, undefined), sidecarNames(form(3)).port)
  t.equal(sdsPortOf(3, 9000), 9000)
})

t.test('a mesh could have had each mode, whatever its versions, at its own place', async t => {
  const [first, second] = meshes('1.0.6', '1.22.0 agent-socket') as [Mesh, Mesh]
  const pair = { gloo: parseVersion('1.4.0'), istio: undefined }
  const forms = possibleForms(facts(first, second), second, pair)
  t.strictSame(
    forms.map(found => found.mode),
    ['citadel-files', 'citadel-sds', 'istio-agent', 'node-agent-sds', 'agent-socket'],
  )
  for (const found of forms)
    t.match(found, { mesh: second, pair, slot: 1, clusterDomain: 'cluster.local' })
})

t.test('a form is worked out anew once what it hangs on has changed', async t => {
  const [first, second] = meshes('1.22.0', '1.22.0') as [Mesh, Mesh]
  const all = facts(first, second)
  const gloo = parseVersion('1.17.3')
  t.equal(formOf(all, gloo, second), formOf(all, parseVersion('1.17.3'), second))
  t.match(formOf(all, gloo, second), { slot: 1, clusterDomain: 'cluster.local' })
  t.match(formOf(facts(second), gloo, second), { slot: 0 })
  t.match(formOf({ ...all, clusterDomain: 'example.com' }, gloo, second), {
    clusterDomain: 'example.com',
  })
  t.match(formOf(all, parseVersion('1.18.0'), second), { pair: { gloo: { text: '1.18.0' } } })
  t.match(formOf(all, undefined, second), { reason: 'GlooVersionUnknown' })
})
