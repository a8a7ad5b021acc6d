import { type Check, found, listed, passed, skipped, unlessAny } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import type { DetectedMesh } from './detected-meshes.ts'
import { lineOf } from './explain.ts'
import { controlPlanesIn, detectedIn } from './live.ts'
import { defaultMesh, formatMeshRef } from './mesh.ts'
import { isFinding } from './reasons.ts'
import { EMPTY_SNAPSHOT } from './snapshot.ts'
import type { JsonObject } from './types.ts'

/** Checks of what is known of each mesh. */

export const NO_MESH = 'no mesh is known'

const toldOf = ({ facts }: Evidence) => ({ facts, meshes: facts.meshes })

export const snapshotOf = ({ facts }: Evidence) => facts.snapshot ?? EMPTY_SNAPSHOT

export const detectedOf = (evidence: Evidence): readonly DetectedMesh[] =>
  detectedIn(toldOf(evidence), snapshotOf(evidence))

export const planesOf = (evidence: Evidence): readonly JsonObject[] =>
  controlPlanesIn(toldOf(evidence), snapshotOf(evidence))

export const foundIn = (evidence: Evidence, istioNamespace: string): DetectedMesh | undefined =>
  detectedOf(evidence).find(one => one.istioNamespace === istioNamespace)

const trustDomain: Check = {
  id: 'istio-trust-domain',
  title: 'trust domains are what control planes say',
  severity: 'failed',
  needs: ['controlPlanes'],
  run: evidence => {
    const { meshes } = evidence.facts
    if (meshes.length === 0) return skipped(NO_MESH)
    const wrong = meshes.filter(mesh => {
      const says = foundIn(evidence, mesh.istioNamespace)?.trustDomain
      return says !== undefined && says !== mesh.trustDomain
    })
    return unlessAny(
      wrong.map(formatMeshRef),
      listed([...new Set(meshes.map(mesh => mesh.trustDomain))]),
      names => `the configuration and the control plane differ about the trust domain of ${names}`,
      'correct trustDomain of the mesh, or leave it out: its control plane tells it',
    )
  },
}

const revisions: Check = {
  id: 'istio-revisions',
  title: 'it is clear which revision gateways follow',
  severity: 'warning',
  needs: ['controlPlanes'],
  run: evidence => {
    const several = detectedOf(evidence).filter(mesh => mesh.revisions.length > 1)
    const pinned = evidence.facts.meshesAreTold
    return unlessAny(
      pinned ? [] : several.map(mesh => `${mesh.istioNamespace} has ${listed(mesh.revisions)}`),
      several.length === 0 ? 'one revision a mesh' : 'the configuration names them',
      names => `${names}: gateways follow the first`,
      'name the revision that gateways are to follow: meshes[].revision in the values',
    )
  },
}

const oneMesh: Check = {
  id: 'istio-default-mesh',
  title: 'it is clear which mesh an Upstream means',
  severity: 'warning',
  needs: ['controlPlanes'],
  run: ({ facts }) => {
    if (facts.meshes.length === 0) return skipped(NO_MESH)
    const mesh = defaultMesh(facts)
    return isFinding(mesh)
      ? found(
          lineOf(mesh),
          'set defaultMesh in the values, or annotate Upstreams, Services or namespaces',
        )
      : passed(`${formatMeshRef(mesh)}, unless an Upstream says otherwise`)
  },
}

export const MESH_CHECKS: readonly Check[] = [trustDomain, revisions, oneMesh]
