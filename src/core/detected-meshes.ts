import {
  type ControlPlane,
  citadelNamespaceOf,
  compareSay,
  compareTexts,
  controlPlaneOf,
  revisionName,
} from './control-plane.ts'
import {
  type MeshConfig,
  meshConfigName,
  meshConfigOf,
  plainTrustDomain,
  type ReadYaml,
} from './mesh-config.ts'
import type { JsonObject, Mesh } from './types.ts'
import { parseVersion } from './version.ts'

/** What is known of one revision of a mesh; undefined is what it does not tell. */
export type DetectedRevision = ControlPlane & MeshConfig

/**
 * A mesh is a namespace with a control plane, since the revisions in it share one authority. Its
 * fields are those of the revision that speaks for it.
 */
export type DetectedMesh = DetectedRevision & {
  readonly namespace: string
  readonly name: 'istio'
  /** Names of its revisions: the one that speaks, then the others from the oldest on. */
  readonly revisions: readonly string[]
  readonly perRevision: readonly DetectedRevision[]
  readonly hasCitadel: boolean
}

/**
 * The meshes of a cluster, the oldest first, so that none changes its place when another comes. What
 * is not Istio's is passed over, and nothing is thrown. Control planes that are idle count only where
 * there is no other.
 */
export const detectMeshes = (
  deployments: readonly JsonObject[],
  configMaps: readonly JsonObject[],
  readYaml: ReadYaml,
): readonly DetectedMesh[] => {
  const citadels = new Set(deployments.map(citadelNamespaceOf))
  const planes = controlPlanesOf(deployments)
  const detected = (plane: ControlPlane): DetectedRevision => ({
    ...plane,
    ...meshConfigOf(plane, configMaps, readYaml),
  })
  return planes.filter(isFirstOfItsNamespace).map(oldest => {
    const together = planes.filter(plane => plane.istioNamespace === oldest.istioNamespace)
    const speaker = together.reduce((best, one) => (compareSay(one, best) < 0 ? one : best), oldest)
    const others = together.filter(one => one !== speaker && one.isIdle === speaker.isIdle)
    const speaking = detected(speaker)
    return {
      ...speaking,
      namespace: speaker.istioNamespace,
      name: 'istio',
      revisions: [...new Set([speaker, ...others].map(revisionName))],
      perRevision: [speaking, ...others.map(detected)],
      hasCitadel: citadels.has(speaker.istioNamespace),
    }
  })
}

/** Namespace and name of each ConfigMap that `detectMeshes` asks for. */
export const meshConfigMapsOf = (deployments: readonly JsonObject[]) =>
  controlPlanesOf(deployments).map(plane => ({
    namespace: plane.istioNamespace,
    name: meshConfigName(plane),
  }))

/** A mesh of the configuration, which need not tell its trust domain. */
export type ConfiguredMesh = Omit<Mesh, 'trustDomain'> & {
  readonly trustDomain?: string | undefined
}

/**
 * The meshes of the configuration, where it has any, with what they do not tell taken from the control
 * plane of their namespace, and of their revision if they name one. Otherwise those that were found.
 */
export const meshesOf = (
  configured: readonly ConfiguredMesh[],
  detected: readonly DetectedMesh[],
): readonly Mesh[] => {
  const meshes = configured.length > 0 ? configured : detected.map(asConfigured)
  return meshes.map(mesh => filled(mesh, foundFor(mesh, detected)))
}

const asConfigured = ({ namespace, name, istioNamespace }: DetectedMesh): ConfiguredMesh => ({
  namespace,
  name,
  istioNamespace,
  mode: 'auto',
})

const DEFAULT_TRUST_DOMAIN = 'cluster.local'

const filled = (mesh: ConfiguredMesh, found: Partial<DetectedRevision>): Mesh => ({
  ...mesh,
  istioVersion: mesh.istioVersion ?? found.istioVersion,
  rootNamespace: mesh.rootNamespace ?? found.rootNamespace,
  trustDomain: plainTrustDomain(mesh.trustDomain ?? found.trustDomain ?? DEFAULT_TRUST_DOMAIN),
  discoveryAddress: mesh.discoveryAddress ?? found.discoveryAddress,
  revision: mesh.revision ?? found.revision,
  meshId: mesh.meshId ?? found.meshId,
  clusterId: mesh.clusterId ?? found.clusterId,
  jwtPolicy: mesh.jwtPolicy ?? found.jwtPolicy,
  // It would win over the version that was asked for.
  proxyImage: mesh.proxyImage ?? (contradicts(mesh, found) ? undefined : found.proxyImage),
})

const foundFor = (
  mesh: ConfiguredMesh,
  detected: readonly DetectedMesh[],
): Partial<DetectedRevision> => {
  const { istioNamespace, revision } = mesh
  const revisions = detected.find(one => one.istioNamespace === istioNamespace)?.perRevision ?? []
  return revisions.find(one => revision === undefined || revision === revisionName(one)) ?? {}
}

const contradicts = (mesh: ConfiguredMesh, found: Partial<DetectedRevision>): boolean => {
  const [told, runs] = [parseVersion(mesh.istioVersion), parseVersion(found.istioVersion)]
  if (told === undefined || runs === undefined) return false
  const isSameMinor = told.major === runs.major && told.minor === runs.minor
  return !isSameMinor || (told.patch !== undefined && told.patch !== runs.patch)
}

const controlPlanesOf = (deployments: readonly JsonObject[]): readonly ControlPlane[] =>
  deployments
    .map(controlPlaneOf)
    .filter(plane => plane !== undefined)
    .toSorted(
      (one, other) =>
        compareTexts(one.createdAt, other.createdAt) ||
        compareTexts(one.istioNamespace, other.istioNamespace),
    )

const isFirstOfItsNamespace = (
  { istioNamespace }: ControlPlane,
  at: number,
  planes: readonly ControlPlane[],
): boolean => planes.findIndex(plane => plane.istioNamespace === istioNamespace) === at
