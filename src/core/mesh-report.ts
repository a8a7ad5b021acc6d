import type { DetectedMesh } from './detected-meshes.ts'
import { formOf } from './form.ts'
import { formatMeshRef } from './mesh.ts'
import { type Finding, isFinding } from './reasons.ts'
import type { Facts, Mesh } from './types.ts'
import { parseVersion } from './version.ts'

/** What a mesh comes to with one version of Gloo. */
export interface ModeWithGloo {
  /** Empty where it is not known. */
  readonly gloo: string
  /** Empty where none fits. */
  readonly mode: string
  /** Why none does. */
  readonly finding?: Finding
}

/** All there is to say of one mesh, as data; empty is what is not known. */
export interface MeshReport {
  /** `istio-system.istio`, as `--target-mesh` takes it. */
  readonly mesh: string
  readonly namespace: string
  readonly name: string
  readonly istioNamespace: string
  readonly istioVersion: string
  /** Of the control planes that are found: the one that speaks for the mesh first. */
  readonly revisions: readonly string[]
  readonly trustDomain: string
  /** Whether the configuration names it, or only the cluster tells of it. */
  readonly source: 'configured' | 'detected'
  /** Whether it is the one of Upstreams that name none. */
  readonly isDefault: boolean
  readonly modes: readonly ModeWithGloo[]
  /** Whether Citadel writes certificates into Secrets. */
  readonly citadel: boolean
  /** The socket of the node agent; empty where there is none. */
  readonly sds: string
}

/** Each mesh that is known, in the order in which decisions take them. */
export const reportMeshes = (
  facts: Facts,
  detected: readonly DetectedMesh[],
): readonly MeshReport[] => {
  const versions = versionsOfGloo(facts)
  return facts.meshes.map(mesh => {
    const found = detected.find(one => one.istioNamespace === mesh.istioNamespace)
    const { namespace, name, istioNamespace, istioVersion, trustDomain } = mesh
    return {
      mesh: formatMeshRef(mesh),
      namespace,
      name,
      istioNamespace,
      istioVersion: istioVersion ?? '',
      revisions: found?.revisions ?? [],
      trustDomain,
      source: facts.meshesAreTold ? 'configured' : 'detected',
      isDefault: isDefault(mesh, facts),
      modes: versions.map(version => modeWith(version, mesh, facts)),
      citadel: found?.hasCitadel ?? false,
      sds: found?.sds?.sdsUdsPath ?? '',
    }
  })
}

/** What was told; else each that a namespace's proxies agree on, or one that is not known. */
const versionsOfGloo = ({ gloo, glooSeen }: Facts): readonly string[] => {
  if (gloo.version !== undefined) return [gloo.version]
  const seen = [...new Set(Object.values(glooSeen))].toSorted()
  return seen.length > 0 ? seen : ['']
}

const modeWith = (gloo: string, mesh: Mesh, facts: Facts): ModeWithGloo => {
  const form = formOf(facts, parseVersion(gloo), mesh)
  return isFinding(form) ? { gloo, mode: '', finding: form } : { gloo, mode: form.mode }
}

const isDefault = (mesh: Mesh, { defaultMesh, meshes }: Facts): boolean =>
  defaultMesh === undefined
    ? meshes.length === 1
    : formatMeshRef(defaultMesh) === formatMeshRef(mesh)
