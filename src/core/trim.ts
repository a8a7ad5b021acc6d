import { field, fieldAt, isRecord, isSet, items, textAt } from './json.ts'
import type { Collection } from './snapshot.ts'
import type { JsonObject } from './types.ts'

/** What of an object is kept in memory: all that a decision looks at, or that a patch could touch. */
export const trim = (collection: Collection, object: JsonObject): JsonObject => {
  const { metadata, ...rest } = object
  const trimmed = { ...rest, metadata: withoutBookkeeping(metadata) }
  const special = SPECIAL[collection]
  return special ? special(trimmed) : trimmed
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** The annotation stays, for a patch must know that there is one; its text is a second copy of the object. */
const withoutBookkeeping = (metadata: unknown): JsonObject => {
  const { managedFields: _, ...rest } = isRecord(metadata) ? metadata : {}
  const { annotations } = rest
  return isRecord(annotations) && isSet(annotations[LAST_APPLIED])
    ? { ...rest, annotations: { ...annotations, [LAST_APPLIED]: '' } }
    : rest
}

const pick = (value: unknown, isKept: (key: string) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(isRecord(value) ? value : {}).filter(([key]) => isKept(key)))

const only =
  (...keys: readonly string[]) =>
  (value: unknown): JsonObject =>
    pick(value, key => keys.includes(key))

const OURS = /^gloo-istio\.io\//
const MESH_LABELS = /^(gloo-istio\.io\/|istio-injection$|istio\.io\/)/
const SERVICE_ANNOTATIONS = /^(gloo-istio\.io\/|gloo\.solo\.io\/|alpha\.istio\.io\/)/

const headOf = (object: JsonObject): JsonObject => {
  const { apiVersion, kind, metadata } = object
  return {
    apiVersion,
    kind,
    metadata: only('namespace', 'name', 'uid', 'resourceVersion')(metadata),
  }
}

const withMetadata = (object: JsonObject, more: JsonObject): JsonObject => {
  const head = headOf(object)
  return { ...head, metadata: { ...(head['metadata'] as JsonObject), ...more } }
}

const namespace = (object: JsonObject): JsonObject =>
  withMetadata(object, {
    labels: pick(fieldAt(object, 'metadata', 'labels'), key => MESH_LABELS.test(key)),
    annotations: pick(fieldAt(object, 'metadata', 'annotations'), key => OURS.test(key)),
  })

const service = (object: JsonObject): JsonObject => ({
  ...withMetadata(object, {
    annotations: pick(fieldAt(object, 'metadata', 'annotations'), key =>
      SERVICE_ANNOTATIONS.test(key),
    ),
  }),
  spec: {
    selector: fieldAt(object, 'spec', 'selector'),
    ports: items(fieldAt(object, 'spec', 'ports')).map(only('port', 'targetPort')),
  },
})

const SIDECAR_STATUS = 'sidecar.istio.io/status'

/** Of a pod's containers, whether one is the sidecar. */
const sidecarIn = (object: JsonObject, list: string) =>
  items(fieldAt(object, 'spec', list))
    .filter(container => field(container, 'name') === 'istio-proxy')
    .map(() => ({ name: 'istio-proxy' }))

const pod = (object: JsonObject): JsonObject => ({
  ...withMetadata(object, {
    labels: fieldAt(object, 'metadata', 'labels'),
    ...(isSet(fieldAt(object, 'metadata', 'annotations', SIDECAR_STATUS)) && {
      annotations: { [SIDECAR_STATUS]: '' },
    }),
  }),
  spec: {
    serviceAccountName: textAt(object, 'spec', 'serviceAccountName'),
    containers: [...sidecarIn(object, 'containers'), ...sidecarIn(object, 'initContainers')],
  },
  status: { phase: textAt(object, 'status', 'phase') },
})

const settings = (object: JsonObject): JsonObject => ({
  ...headOf(object),
  spec: { gloo: { istioOptions: fieldAt(object, 'spec', 'gloo', 'istioOptions') } },
})

/** Gloo reports there what it thinks of the Upstream, which is none of our business. */
const upstream = (object: JsonObject): JsonObject => pick(object, key => key !== 'status')

/** The numbers of a rollout, and how it went; the times of a condition change by themselves. */
const workload = (object: JsonObject): JsonObject => {
  const conditions = items(fieldAt(object, 'status', 'conditions'))
    .filter(condition => field(condition, 'type') === 'Progressing')
    .map(only('type', 'reason'))
  return {
    ...object,
    status: {
      ...pick(object['status'], key => key !== 'conditions'),
      ...(conditions.length > 0 && { conditions }),
    },
  }
}

const SPECIAL: Partial<Record<Collection, (object: JsonObject) => JsonObject>> = {
  namespaces: namespace,
  services: service,
  pods: pod,
  settings,
  upstreams: upstream,
  deployments: workload,
  daemonSets: workload,
}
