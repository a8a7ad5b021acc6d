import { podSpecOf } from './additions.ts'
import { field, fieldAt, isRecord, isSet, items, textAt, textOf } from './json.ts'
import { valueAt } from './keyed-path.ts'
import { isGlooEnvoy } from './proxy-image.ts'
import type { JsonObject } from './types.ts'

const GATEWAY_PROXIES = ['gateway-proxy', 'gateway-proxy-v2']
const OTHER_PROXIES = [
  'ingress-proxy',
  'clusteringress-proxy',
  'knative-external-proxy',
  'knative-internal-proxy',
  'kube-gateway',
]
const ID_LABEL = 'gateway-proxy-id'

/**
 * Gloo labels each gateway-proxy `gloo: gateway-proxy` (`gateway-proxy-v2` from 0.18.0 to 0.18.17),
 * whatever its name, and its other proxies by theirs. The label of an ingress-proxy is a value of
 * Gloo's chart, so a workload with some `gloo` label that serves http from a bootstrap is one, too;
 * Gloo's own control plane, which has an Envoy beside it for its mTLS, is none
 * (gloo@v1.22.1:install/helm/gloo/templates/{7-gateway,12-ingress,26-knative}*-proxy-deployment.yaml).
 */
export const isGatewayProxy = (workload: JsonObject): boolean => {
  const label = fieldAt(workload, 'metadata', 'labels', 'gloo')
  if ([...GATEWAY_PROXIES, ...OTHER_PROXIES].some(value => value === label)) return true
  return isSet(label) && containersOf(workload).some(isEnvoyByMount)
}

/** The names that Envoy's container may have, most telling first. */
export const envoyContainerNames = (workload: JsonObject): readonly string[] => {
  const ids = labelsOf(workload).map(labels => textOf(field(labels, ID_LABEL)))
  return [...new Set([...ids.filter(id => id !== undefined), ...GATEWAY_PROXIES])]
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
  const byImage = containers.findIndex(container => isGlooEnvoy(textAt(container, 'image')))
  return byImage >= 0 ? byImage : containers.findIndex(isEnvoyByMount)
}

/** Envoy's container; an empty object when there is none. */
export const envoyContainerOf = (workload: JsonObject): unknown =>
  containersOf(workload)[envoyContainerIndex(workload)] ?? {}

export const containersOf = (workload: JsonObject) =>
  items(field(podSpecOf(workload), 'containers'))

/** Undefined when there is none of that name. */
export const containerNamed = (workload: JsonObject, name: string): unknown =>
  valueAt(podSpecOf(workload), `containers[${name}]`)

/** Citadel's Secret for the pods' identity (istio@1.0.6:security/pkg/pki/ca/controller/secret.go). */
export const certificateSecretOf = (workload: JsonObject): string => {
  const pod = podSpecOf(workload)
  return `istio.${textAt(pod, 'serviceAccountName') || textAt(pod, 'serviceAccount') || 'default'}`
}

const SIDECAR_LABELS = ['sidecar.istio.io/inject', 'istio.io/rev']

/** Whether Istio injects a whole sidecar into the pods (gloo@v1.12.0: `enableIstioSidecarOnGateway`). */
export const hasWholeSidecar = (workload: JsonObject): boolean => {
  const metadata = fieldAt(workload, 'spec', 'template', 'metadata')
  const [inject, revision] = SIDECAR_LABELS.map(
    key => fieldAt(metadata, 'labels', key) ?? fieldAt(metadata, 'annotations', key),
  )
  return inject === undefined ? isSet(revision) : inject === true || inject === 'true'
}

const LISTS_OF_CONTAINER = ['env', 'ports', 'volumeMounts']

/** The field that is not of the type that the API server would take, of those we look at or add to. */
export const brokenField = (workload: JsonObject): string | undefined => {
  const pod = podSpecOf(workload)
  const lists: readonly [string, unknown][] = [
    ['volumes', field(pod, 'volumes')],
    ...containersOf(workload).flatMap((container, index) =>
      LISTS_OF_CONTAINER.map(
        name => [`containers[${index}].${name}`, field(container, name)] as [string, unknown],
      ),
    ),
  ]
  const context = field(pod, 'securityContext')
  const broken = lists.find(([, list]) => isSet(list) && !Array.isArray(list))?.[0]
  const found = broken ?? (isSet(context) && !isRecord(context) ? 'securityContext' : undefined)
  return found && `spec.template.spec.${found}`
}

const labelsOf = (workload: JsonObject) => [
  fieldAt(workload, 'metadata', 'labels'),
  fieldAt(workload, 'spec', 'template', 'metadata', 'labels'),
]

const isEnvoyByMount = (container: unknown) =>
  items(field(container, 'volumeMounts')).some(
    mount => field(mount, 'name') === 'envoy-config' && field(mount, 'mountPath') === '/etc/envoy',
  ) && items(field(container, 'ports')).some(port => field(port, 'name') === 'http')
