import { annotationOf, INJECT_ANNOTATION, MESHES_ANNOTATION } from './annotations.ts'
import { certificateFolder, volumeNameOf } from './certificate-paths.ts'
import { type Decision, firstToSpeak, type Rule, skip, type Write } from './decision.ts'
import {
  brokenList,
  certificateSecretOf,
  containerName,
  envoyContainerIndex,
  envoyContainerNames,
  isGatewayProxy,
  mountsOf,
  type VolumeMount,
  volumeSecret,
} from './gateway-proxy.ts'
import { textOf } from './json.ts'
import { formatMeshRef, hasCertificateSecrets, meshByReference, withoutSecrets } from './mesh.ts'
import { type Finding, finding, isFinding, quote } from './reasons.ts'
import { switchedOn } from './switch-rule.ts'
import type { Facts, JsonObject, Mesh } from './types.ts'

const notGatewayProxy: Rule = ({ object }) =>
  isGatewayProxy(object) ? undefined : skip(finding('NotGatewayProxy', {}))

const envoyNotFound: Rule = ({ object }) => {
  if (envoyContainerIndex(object) >= 0) return undefined
  const names = quote(envoyContainerNames(object).join(' or '))
  return skip(finding('EnvoyContainerNotFound', { names }))
}

const invalidLists: Rule = ({ object }) => {
  const found = brokenList(object, envoyContainerIndex(object))
  return found === undefined ? undefined : skip(finding('InvalidSpec', { field: found }))
}

interface Selection {
  readonly meshes: readonly Mesh[]
  readonly notices: readonly Finding[]
}

// An annotation may hold 256 KiB of references: enough are named to see what is wrong.
const REPORTED_MAX = 5

/** The meshes a workload asks for. A reference that means none is reported; the others still count. */
const selectMeshes = (workload: JsonObject, facts: Facts): Selection => {
  const value = annotationOf(workload, MESHES_ANNOTATION)
  if (value === undefined)
    return { meshes: facts.meshes.filter(hasCertificateSecrets), notices: [] }
  const parts = textOf(value)?.split(',') ?? [value]
  const references = new Set(parts.map(part => (typeof part === 'string' ? part.trim() : part)))
  const asked = facts.meshes.filter(mesh => references.delete(formatMeshRef(mesh)))
  const unmatched = [...references].slice(0, REPORTED_MAX)
  return {
    meshes: asked.filter(hasCertificateSecrets),
    notices: [
      ...unmatched.map(ref => meshByReference(facts, MESHES_ANNOTATION, ref)).filter(isFinding),
      ...asked.filter(mesh => !hasCertificateSecrets(mesh)).map(withoutSecrets),
    ],
  }
}

/**
 * What stands where a mesh would be mounted:
 * mount at its path | volume of its name | outcome
 * none overlaps     | none               | 'free'
 * none overlaps     | its Secret         | 'free', only the mount is missing
 * none overlaps     | something else     | VolumeNameTaken
 * from its Secret   | any                | 'mounted', whoever named the volume
 * any other overlap | any                | MountPathTaken
 */
const placeFor = (workload: JsonObject, facts: Facts, mesh: Mesh): 'free' | 'mounted' | Finding => {
  const container = envoyContainerIndex(workload)
  const wanted = certificateFolder(facts.mountRoot, mesh)
  const secret = certificateSecretOf(workload)
  const near = mountsOf(workload, container).filter(({ path }) => overlaps(path, wanted))
  const isOurs = ({ path, volume }: VolumeMount) =>
    path === wanted && volumeSecret(workload, volume) === secret
  if (near.some(isOurs)) return 'mounted'
  const name = formatMeshRef(mesh)
  const [overlap] = near
  if (overlap)
    return finding('MountPathTaken', {
      mesh: name,
      path: `volumeMounts[${overlap.index}] (${quote(overlap.path)})`,
      container: containerName(workload, container),
      wanted,
    })
  const volume = volumeNameOf(mesh)
  const taken = ![undefined, secret].includes(volumeSecret(workload, volume))
  return taken ? finding('VolumeNameTaken', { mesh: name, volume, secret }) : 'free'
}

// A mount inside a read-only Secret volume, or around one, keeps the pod from starting.
const overlaps = (path: string, wanted: string) =>
  path === wanted || wanted.startsWith(`${path}/`) || path.startsWith(`${wanted}/`)

const certificates = ({ object }: Write, facts: Facts): Decision => {
  const { meshes, notices } = selectMeshes(object, facts)
  const places = meshes.map(mesh => ({ mesh, place: placeFor(object, facts, mesh) }))
  const free = places.filter(({ place }) => place === 'free').map(({ mesh }) => mesh)
  const problems = [...notices, ...places.map(({ place }) => place).filter(isFinding)]
  const container = envoyContainerIndex(object)
  const said = { container: containerName(object, container) }
  if (free.length > 0) {
    const secret = certificateSecretOf(object)
    const mounted = finding('CertificatesMounted', { ...said, meshes: listed(free), secret })
    return {
      kind: 'mount-certificates',
      container,
      meshes: free,
      finding: mounted,
      notices: problems,
    }
  }
  const [first, ...others] = problems
  if (first) return skip(first, others)
  if (meshes.length === 0) return skip(finding('NothingToMount', {}))
  return skip(finding('AlreadyMounted', { ...said, meshes: listed(meshes) }))
}

const listed = (meshes: readonly Mesh[]) => meshes.map(formatMeshRef).join(', ')

const RULES: readonly Rule[] = [
  notGatewayProxy,
  switchedOn(INJECT_ANNOTATION),
  envoyNotFound,
  invalidLists,
]

export const decideWorkload = (write: Write, facts: Facts): Decision =>
  firstToSpeak(RULES, write, facts) ?? certificates(write, facts)
