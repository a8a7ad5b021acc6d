import { type Finding, finding, quote } from './reasons.ts'
import type { Facts, Mesh, MeshRef } from './types.ts'

/** A DNS label, as Kubernetes wants a namespace to be (RFC 1123). */
export const NAMESPACE_PATTERN = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** A DNS subdomain, as Kubernetes wants the name of an object to be (RFC 1123). */
export const NAME_PATTERN =
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** A host and a port. */
export const ADDRESS_PATTERN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?:\d{1,5}$/

export const formatMeshRef = ({ namespace, name }: MeshRef) => `${namespace}.${name}`

/** Reads `<namespace>.<name>`; a name may hold dots, a namespace may not. */
export const parseMeshRef = (text: unknown): MeshRef | undefined => {
  if (typeof text !== 'string') return undefined
  const dot = text.indexOf('.')
  const [namespace, name] = [text.slice(0, dot), text.slice(dot + 1)]
  return dot > 0 && NAMESPACE_PATTERN.test(namespace) && NAME_PATTERN.test(name)
    ? { namespace, name }
    : undefined
}

export const findMesh = (facts: Facts, ref: MeshRef): Mesh | undefined =>
  facts.meshes.find(mesh => mesh.namespace === ref.namespace && mesh.name === ref.name)

/** The mesh that a reference in an annotation means, or the finding that says why there is none. */
export const meshByReference = (facts: Facts, where: string, value: unknown): Mesh | Finding => {
  const ref = parseMeshRef(value)
  if (ref === undefined) return finding('MalformedMeshReference', { where, value: quote(value) })
  return (
    findMesh(facts, ref) ??
    finding('UnknownMesh', { where, mesh: quote(value), known: knownMeshes(facts) })
  )
}

/** The mesh of an Upstream that names none: `defaultMesh`, or the only one there is. */
export const defaultMesh = (facts: Facts): Mesh | Finding => {
  const [only, ...others] = facts.meshes
  if (only === undefined) return finding('NoMeshConfigured', {})
  const named = facts.defaultMesh && findMesh(facts, facts.defaultMesh)
  if (named) return named
  return others.length === 0 ? only : finding('AmbiguousMesh', { known: knownMeshes(facts) })
}

/** Where the agent of a mesh finds istiod: told, or the Service of its revision. */
export const discoveryAddressOf = ({ discoveryAddress, revision, istioNamespace }: Mesh): string =>
  discoveryAddress ?? `istiod${revision ? `-${revision}` : ''}.${istioNamespace}.svc:15012`

const KNOWN_MAX = 3

const knownMeshes = ({ meshes }: Facts): string => {
  const names = meshes.slice(0, KNOWN_MAX).map(formatMeshRef)
  const more = meshes.length > KNOWN_MAX ? [`${meshes.length - KNOWN_MAX} more`] : []
  return names.length === 0 ? 'none' : [...names, ...more].join(', ')
}
