import { certificateFolder, volumeNameOf } from './certificate-paths.ts'
import { field, fieldAt, isSet, items, textAt, textOf, withValue } from './json.ts'
import type { JsonObject, Mesh } from './types.ts'

const LABEL_VALUES = ['gateway-proxy', 'gateway-proxy-v2']
const ID_LABEL = 'gateway-proxy-id'

/**
 * Gloo labels each gateway-proxy `gloo: gateway-proxy` (`gateway-proxy-v2` from 0.18.0 to 0.18.17),
 * whatever its name (gloo@v1.22.1:install/helm/gloo/templates/7-gateway-proxy-deployment.yaml).
 */
export const isGatewayProxy = (workload: JsonObject): boolean =>
  LABEL_VALUES.some(value => value === fieldAt(workload, 'metadata', 'labels', 'gloo'))

/** The names that Envoy's container may have, most telling first. */
export const envoyContainerNames = (workload: JsonObject): readonly string[] => {
  const ids = labelsOf(workload)
    .map(proxyId)
    .filter(id => id !== undefined)
  return [...new Set([...ids, ...LABEL_VALUES])]
}

/**
 * Position of Envoy's own container, never by being first: users may put theirs before it
 * (`extraContainers` of gloo@v1.12.39). -1 when there is none.
 */
export const envoyContainerIndex = (workload: JsonObject): number => {
  const containers = containersOf(workload)
  for (const name of envoyContainerNames(workload)) {
    const index = containers.findIndex(container => field(container, 'name') === name)
    if (index >= 0) return index
  }
  return containers.findIndex(isEnvoyByMount)
}

export const containerName = (workload: JsonObject, index: number): string =>
  textAt(containersOf(workload)[index], 'name')

/** Citadel's Secret for the pods' identity (istio@1.0.6:security/pkg/pki/ca/controller/secret.go). */
export const certificateSecretOf = (workload: JsonObject): string => {
  const podSpec = fieldAt(workload, ...POD_SPEC)
  const account = textAt(podSpec, 'serviceAccountName') || textAt(podSpec, 'serviceAccount')
  return `istio.${account || 'default'}`
}

/** The field that we would append to, were it a list. */
export const brokenList = (workload: JsonObject, container: number): string | undefined => {
  const pod = POD_SPEC.join('.')
  const lists: readonly [string, unknown][] = [
    [`${pod}.volumes`, fieldAt(workload, ...POD_SPEC, 'volumes')],
    [
      `${pod}.containers[${container}].volumeMounts`,
      field(containersOf(workload)[container], 'volumeMounts'),
    ],
  ]
  return lists.find(([, list]) => isSet(list) && !Array.isArray(list))?.[0]
}

export interface VolumeMount {
  readonly index: number
  readonly volume: string
  readonly path: string
}

export const mountsOf = (workload: JsonObject, container: number): readonly VolumeMount[] =>
  items(field(containersOf(workload)[container], 'volumeMounts')).map((mount, index) => ({
    index,
    volume: textAt(mount, 'name'),
    path: trimSlash(textAt(mount, 'mountPath')),
  }))

/** `undefined` when there is no such volume, `''` when it is something else than a Secret. */
export const volumeSecret = (workload: JsonObject, name: string): string | undefined => {
  const volume = items(fieldAt(workload, ...POD_SPEC, 'volumes')).find(
    v => field(v, 'name') === name,
  )
  return volume === undefined ? undefined : textAt(volume, 'secret', 'secretName')
}

/**
 * The workload with the certificates of `mesh` in `container`, appended after all that is there.
 * The Secret is optional so that the gateway starts, and serves all else, before Citadel wrote it.
 */
export const withCertificates = (
  workload: JsonObject,
  container: number,
  { mountRoot, mesh }: { mountRoot: string; mesh: Mesh },
): JsonObject => {
  const name = volumeNameOf(mesh)
  const secret = { secretName: certificateSecretOf(workload), optional: true, defaultMode: 0o644 }
  const mount = { name, mountPath: certificateFolder(mountRoot, mesh), readOnly: true }
  const volumes = items(fieldAt(workload, ...POD_SPEC, 'volumes'))
  const withVolume =
    volumeSecret(workload, name) === undefined
      ? withValue(workload, [...POD_SPEC, 'volumes'], [...volumes, { name, secret }])
      : workload
  const containers = containersOf(workload).map((found, index) =>
    index === container ? withMount(found, mount) : found,
  )
  return withValue(withVolume, [...POD_SPEC, 'containers'], containers)
}

const POD_SPEC = ['spec', 'template', 'spec'] as const

const containersOf = (workload: JsonObject) => items(fieldAt(workload, ...POD_SPEC, 'containers'))

const labelsOf = (workload: JsonObject) => [
  fieldAt(workload, 'metadata', 'labels'),
  fieldAt(workload, 'spec', 'template', 'metadata', 'labels'),
]

const proxyId = (labels: unknown) => textOf(field(labels, ID_LABEL))

const isEnvoyByMount = (container: unknown) =>
  items(field(container, 'volumeMounts')).some(
    mount => field(mount, 'name') === 'envoy-config' && field(mount, 'mountPath') === '/etc/envoy',
  ) && items(field(container, 'ports')).some(port => field(port, 'name') === 'http')

const withMount = (container: unknown, mount: JsonObject) =>
  withValue(container, ['volumeMounts'], [...items(field(container, 'volumeMounts')), mount])

const trimSlash = (path: string) => (path.length > 1 ? path.replace(/\/+$/, '') : path)
