import { podSpecOf } from './additions.ts'
import { certificateSecretOf, containersOf, envoyContainerOf } from './gateway-proxy.ts'
import { field, fieldAt, isSet, items, textAt } from './json.ts'
import { sdsImageOf, versionOfImage } from './proxy-image.ts'
import type { Gloo, JsonObject } from './types.ts'
import { parseVersion, type Version } from './version.ts'

/** The user of Gloo's own images (gloo@v1.22.1:install/helm/gloo/values-template.yaml). */
export const GLOO_USER = 10_101

/** A proxy of Gloo, as far as what is added to it depends on what it is. */
export interface GatewayProxy {
  readonly container: string
  /** Citadel's Secret for its identity. */
  readonly secret: string
  readonly gloo: Version | undefined
  /** What its image said before the configuration was asked. */
  readonly imageSays: Version | undefined
  readonly image: string
  readonly sdsImage: string | undefined
  /** Uid that Envoy runs as; undefined is the image's own. */
  readonly user: number | undefined
  readonly hasFsGroup: boolean
  readonly hasEnvoyConfig: boolean
  readonly hostNetwork: boolean
  /** The sds container that the manifest brings along for Gloo's own mTLS. */
  readonly glooSds: unknown
  /**
   * Uid of what reads the agent's files, that container or one of ours. Undefined when the cluster is to
   * choose: some user, but none that is named, as Gloo's chart leaves it to OpenShift (`floatingUserId`).
   */
  readonly reader: number | undefined
}

export const proxyOf = (workload: JsonObject, gloo: Gloo): GatewayProxy => {
  const pod = podSpecOf(workload)
  const envoy = envoyContainerOf(workload)
  const image = textAt(envoy, 'image')
  const imageSays = versionOfImage(image)
  const version = exactest(imageSays, parseVersion(gloo.version))
  const glooSds = containersOf(workload).find(isGlooSds)
  return {
    container: textAt(envoy, 'name'),
    secret: certificateSecretOf(workload),
    gloo: version,
    imageSays,
    image,
    sdsImage: gloo.sdsImage ?? (version && sdsImageOf(image, version)),
    user: userOf(envoy, pod),
    hasFsGroup: isSet(fieldAt(pod, 'securityContext', 'fsGroup')),
    hasEnvoyConfig: items(field(pod, 'volumes')).some(v => field(v, 'name') === 'envoy-config'),
    hostNetwork: field(pod, 'hostNetwork') === true,
    glooSds,
    reader: userOf(glooSds ?? envoy, pod) ?? (isNonRoot(envoy, pod) ? undefined : GLOO_USER),
  }
}

/** The image knows best what runs; but where it tells the minor only, the operator may tell the patch. */
const exactest = (image: Version | undefined, told: Version | undefined): Version | undefined => {
  if (image === undefined || told === undefined) return image ?? told
  const isSameMinor = image.major === told.major && image.minor === told.minor
  return image.patch === undefined && isSameMinor ? told : image
}

/** Whether the operator told a version that is not the one that runs. */
export const differs = ({ imageSays }: GatewayProxy, told: Version | undefined): boolean =>
  imageSays !== undefined &&
  told !== undefined &&
  (['major', 'minor', 'patch'] as const).some(
    part =>
      imageSays[part] !== undefined && told[part] !== undefined && imageSays[part] !== told[part],
  )

/** The uid of a container: its own, or the pod's. */
export const userOf = (container: unknown, pod: unknown): number | undefined => {
  const [own, shared] = [container, pod].map(at => fieldAt(at, 'securityContext', 'runAsUser'))
  const user = own ?? shared
  return typeof user === 'number' ? user : undefined
}

const isNonRoot = (container: unknown, pod: unknown): boolean =>
  [container, pod].some(at => fieldAt(at, 'securityContext', 'runAsNonRoot') === true)

/** The variable by which Gloo's sds container serves Gloo's own certificates (gloo@v1.3.6, `glooMtls`). */
const isGlooSds = (container: unknown): boolean =>
  field(container, 'name') === 'sds' && isOn(container, 'GLOO_MTLS_SDS_ENABLED')

/** Whether a container has a variable that is `true`. */
export const isOn = (container: unknown, variable: string): boolean =>
  items(field(container, 'env')).some(
    entry => field(entry, 'name') === variable && field(entry, 'value') === 'true',
  )
