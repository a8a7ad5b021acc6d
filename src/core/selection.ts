import { annotationOf, MESHES_ANNOTATION } from './annotations.ts'
import { type Form, formOf, isForm } from './form.ts'
import { textOf } from './json.ts'
import { formatMeshRef, meshByReference } from './mesh.ts'
import { type Finding, isFinding } from './reasons.ts'
import type { Facts, JsonObject, Mesh } from './types.ts'
import type { Version } from './version.ts'

export interface Selection {
  readonly forms: readonly Form[]
  /** References that mean no mesh: slips of whoever wrote them. */
  readonly slips: readonly Finding[]
  /** Meshes whose form cannot be told. */
  readonly undecided: readonly Finding[]
}

const WHERE = `metadata.annotations[${MESHES_ANNOTATION}]`

// An annotation may hold 256 KiB of references: enough are named to see what is wrong.
const REPORTED_MAX = 5

/** The forms of the meshes that a workload asks for; all of them when it does not say. */
export const selectForms = (
  workload: JsonObject,
  facts: Facts,
  gloo: Version | undefined,
): Selection => {
  const { meshes, slips } = selectMeshes(workload, facts)
  const answers = meshes.map(mesh => formOf(facts, gloo, mesh))
  return {
    forms: answers.filter(isForm),
    slips,
    undecided: distinct(answers.filter(isFinding)),
  }
}

/** Whether a workload asks for the certificates of a mesh. */
export const wantsMesh = (workload: JsonObject, facts: Facts, mesh: Mesh): boolean =>
  selectMeshes(workload, facts).meshes.includes(mesh)

const selectMeshes = (workload: JsonObject, facts: Facts) => {
  const value = annotationOf(workload, MESHES_ANNOTATION)
  if (value === undefined) return { meshes: facts.meshes, slips: [] }
  const parts = textOf(value)?.split(',') ?? [value]
  const references = new Set(parts.map(part => (typeof part === 'string' ? part.trim() : part)))
  const meshes: readonly Mesh[] = facts.meshes.filter(m => references.delete(formatMeshRef(m)))
  const unmatched = [...references].slice(0, REPORTED_MAX)
  const slips = unmatched.map(ref => meshByReference(facts, WHERE, ref))
  return { meshes, slips: slips.filter(isFinding) }
}

/** Each finding once: of several meshes, most have the same to say. */
export const distinct = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ message }, at) => findings.findIndex(f => f.message === message) === at)
