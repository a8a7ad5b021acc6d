import { t } from 'tap'
import {
  detectedOf,
  foundIn,
  MESH_CHECKS,
  planesOf,
  snapshotOf,
} from '../../src/core/check-meshes.ts'
import { EMPTY_SNAPSHOT } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { evidenceOf, merged, type Row, type Spoils, testRows } from '../harness/evidence.ts'
import { istiod, namespace } from '../harness/live.ts'

const [, , istiodOne = {}] = istiod('1.22.3')
const revision: JsonObject = merged(istiodOne, {
  metadata: { name: 'istiod-canary', labels: { 'istio.io/rev': 'canary' } },
})
const elsewhere = istiod('1.20.0').map(object =>
  object['kind'] === 'Namespace'
    ? namespace('istio-two')
    : merged(object, { metadata: { namespace: 'istio-two' } }),
)
const gone: Spoils = {
  before: objects =>
    objects.filter(({ metadata }) => Reflect.get(Object(metadata), 'name') !== 'istiod'),
}
const twoMeshes: Spoils = {
  before: objects => [...objects, ...elsewhere],
  told: { istioNamespaces: ['istio-system', 'istio-two'] },
}
const told = (trustDomain: string) => ({
  meshes: [
    {
      namespace: 'istio-system',
      name: 'istio',
      istioNamespace: 'istio-system',
      mode: 'auto' as const,
      trustDomain,
    },
  ],
})
const canary: Spoils = { before: objects => [...objects, revision] }

const rows: readonly Row[] = [
  ['istio-trust-domain', {}, 'passed', 'mesh.example.com'],
  ['istio-trust-domain', gone, 'skipped', 'no mesh'],
  ['istio-trust-domain', told('other.example.com'), 'failed', 'differ about the trust domain of'],
  ['istio-trust-domain', told('mesh.example.com'), 'passed', 'mesh.example.com'],
  ['istio-revisions', {}, 'passed', 'one revision a mesh'],
  ['istio-revisions', canary, 'warning', 'istio-system has default, canary: gateways follow'],
  ['istio-revisions', { ...canary, ...told('a') }, 'passed', 'the configuration names them'],
  ['istio-default-mesh', {}, 'passed', 'istio-system.istio, unless'],
  ['istio-default-mesh', gone, 'skipped', 'no mesh'],
  ['istio-default-mesh', twoMeshes, 'warning', /several meshes .*\[AmbiguousMesh\]$/],
]

testRows(t, MESH_CHECKS, rows)

t.test('control planes of the snapshot', async t => {
  const evidence = evidenceOf(twoMeshes)
  t.equal(planesOf(evidence).length, 2)
  t.equal(detectedOf(evidence).length, 2)
  t.match(foundIn(evidence, 'istio-two'), { istioVersion: '1.20.0' })
  t.equal(foundIn(evidence, 'nowhere'), undefined)
  const blind = { ...evidence, facts: { ...evidence.facts, snapshot: undefined } }
  t.equal(snapshotOf(blind), EMPTY_SNAPSHOT)
})
