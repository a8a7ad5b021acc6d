import { containersOf } from './gateway-proxy.ts'
import { fieldAt, isSet, textAt, textOf } from './json.ts'
import { valueAt } from './keyed-path.ts'
import { NAMESPACE_PATTERN } from './mesh.ts'
import type { JsonObject, JwtPolicy } from './types.ts'
import { numbersIn, parseVersion, type Version } from './version.ts'

/** One revision of istiod, or Pilot, as it was called until Istio 1.4. */
export interface ControlPlane {
  readonly istioNamespace: string
  /** Name of its Deployment. */
  readonly deployment: string
  /** When that was made (RFC 3339); empty in a manifest. */
  readonly createdAt: string
  /** Whether it is scaled to 0, or being deleted. */
  readonly isIdle: boolean
  /** Undefined for the one without a revision. */
  readonly revision: string | undefined
  /** Undefined where the tag of its image is no version. */
  readonly istioVersion: string | undefined
  /** Image of the sidecars that belong to it; undefined where its own is told by digest alone. */
  readonly proxyImage: string | undefined
  readonly clusterId: string | undefined
  /** Undefined where it does not choose: before Istio 1.5, and where there is only one way left. */
  readonly jwtPolicy: JwtPolicy | undefined
}

/**
 * The control plane that a Deployment is; undefined for any other. Its labels are for everybody to
 * use, so they count only with Istio's image. Whoever relabels or renames it makes it unknown.
 */
export const controlPlaneOf = (deployment: JsonObject): ControlPlane | undefined => {
  if (!PILOT_LABELS.some(([key, value]) => labelOf(deployment, key) === value)) return undefined
  const [namespace, name] = placeOf(deployment)
  const [container, image] = containerOfImage(deployment, 'pilot')
  const told = revisionOf(deployment, container)
  // A namespace or a revision that cannot be is no name of a ConfigMap or a Service either.
  if (image === undefined || ![namespace, told].every(text => NAMESPACE_PATTERN.test(text)))
    return undefined
  return {
    istioNamespace: namespace,
    deployment: name,
    createdAt: textAt(deployment, 'metadata', 'creationTimestamp'),
    isIdle: isIdle(deployment),
    // Charts write `default` also for the one without a revision, whose objects have no suffix.
    revision: told === NO_REVISION && !name.endsWith(`-${NO_REVISION}`) ? undefined : told,
    istioVersion: numbersIn(parseVersion(image.tag)),
    proxyImage: image.tag && `${image.folder}proxyv2:${image.tag}`,
    clusterId: variableOf(container, 'CLUSTER_ID') || undefined,
    jwtPolicy: JWT_POLICIES.find(policy => policy === variableOf(container, 'JWT_POLICY')),
  }
}

/** The namespace of the Citadel that a Deployment runs; undefined for any other, and an idle one. */
export const citadelNamespaceOf = (deployment: JsonObject): string | undefined => {
  const [, image] = containerOfImage(deployment, 'citadel')
  const isCitadel = labelOf(deployment, 'istio') === 'citadel' && image !== undefined
  return isCitadel && !isIdle(deployment) ? placeOf(deployment)[0] : undefined
}

/** What Istio itself calls the control plane without a revision. */
export const NO_REVISION = 'default'

export const revisionName = ({ revision = NO_REVISION }: Pick<ControlPlane, 'revision'>): string =>
  revision

/**
 * Below 0 when the first has more say than the other: one that runs over an idle one, then the one
 * without a revision, then the newer one, then by name.
 */
export const compareSay = (one: ControlPlane, other: ControlPlane): number =>
  Number(one.isIdle) - Number(other.isIdle) ||
  Number(isNamed(one)) - Number(isNamed(other)) ||
  compareVersions(parseVersion(other.istioVersion), parseVersion(one.istioVersion)) ||
  compareTexts(one.deployment, other.deployment)

export const compareTexts = (one: string, other: string): number =>
  one < other ? -1 : Number(one > other)

const isNamed = (plane: ControlPlane): boolean => revisionName(plane) !== NO_REVISION

const compareVersions = (one: Version | undefined, other: Version | undefined): number =>
  (['major', 'minor', 'patch'] as const)
    .map(part => (one?.[part] ?? -1) - (other?.[part] ?? -1))
    .find(difference => difference !== 0) ?? 0

/**
 * On the Deployment itself. The first is there in every version, with a revision, too
 * (istio@1.0.0:install/kubernetes/helm/istio/charts/pilot,
 * istio@1.31.0:manifests/charts/istio-control/istio-discovery).
 */
const PILOT_LABELS = [
  ['istio', 'pilot'],
  ['app', 'istiod'],
] as const

const JWT_POLICIES: readonly JwtPolicy[] = ['third-party-jwt', 'first-party-jwt']

interface Image {
  /** With registry, port and folders, up to the last slash; empty for a bare name. */
  readonly folder: string
  /** With its variant, `1.22.3-distroless`; undefined for a digest alone. */
  readonly tag: string | undefined
}

const IMAGE = /^((?:[a-z0-9][^\s@]*\/)?)(pilot|citadel)(?::([\w][\w.-]{0,127}))?(?:@[^\s@]+)?$/

const containerOfImage = (
  deployment: JsonObject,
  name: string,
): readonly [unknown, Image | undefined] => {
  for (const container of containersOf(deployment)) {
    const [, folder = '', found, tag] = IMAGE.exec(textAt(container, 'image')) ?? []
    if (found === name) return [container, { folder, tag }]
  }
  return [undefined, undefined]
}

/** The process goes by its variable. Istio 1.5 and before have neither, and no revisions. */
const revisionOf = (deployment: JsonObject, container: unknown): string =>
  variableOf(container, 'REVISION') || labelOf(deployment, 'istio.io/rev') || NO_REVISION

const variableOf = (container: unknown, name: string): string =>
  textOf(valueAt(container, `env[${name}].value`)) ?? ''

const labelOf = (object: JsonObject, key: string): string =>
  textAt(object, 'metadata', 'labels', key)

const placeOf = (object: JsonObject): readonly [string, string] => [
  textAt(object, 'metadata', 'namespace'),
  textAt(object, 'metadata', 'name'),
]

const isIdle = (deployment: JsonObject): boolean =>
  fieldAt(deployment, 'spec', 'replicas') === 0 ||
  isSet(fieldAt(deployment, 'metadata', 'deletionTimestamp'))
