import { isDeepStrictEqual } from 'node:util'
import { field, fieldAt, isSet, items, textAt, without, withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

/** Gloo before 1.0 nests what an Upstream says below `spec.upstreamSpec`, and has its labels from the Service. */
export type Dialect = 'flat' | 'nested'

const PATHS = { flat: ['spec'], nested: ['spec', 'upstreamSpec'] }
const DISCOVERED_BY = { discovered_by: 'kubernetesplugin' }

// gloo@1.22.1:projects/gloo/pkg/plugins/utils/update_upstream_spec.go, the better known of them.
const TAKEN_OVER = [
  'sslConfig',
  'circuitBreakers',
  'loadBalancerConfig',
  'connectionConfig',
  'failover',
  'healthChecks',
  'outlierDetection',
  'useHttp2',
  'disableIstioAutoMtls',
]
// gloo@1.22.1:projects/gloo/pkg/plugins/kubernetes/uds_convert.go
const LEFT_TO_OTHERS = ['selector', 'serviceSpec']

export const nameOf = (object: JsonObject) => textAt(object, 'metadata', 'name')

export const isDiscovered = (upstream: JsonObject) =>
  textAt(upstream, 'metadata', 'labels', 'discovered_by') === DISCOVERED_BY.discovered_by

/** What discovery wants for a Service: an Upstream for each of its ports. */
export const upstreamsFor = (service: JsonObject, namespace: string, dialect: Dialect) =>
  items(fieldAt(service, 'spec', 'ports')).map((port): JsonObject => {
    const [serviceName, serviceNamespace] = [
      nameOf(service),
      textAt(service, 'metadata', 'namespace'),
    ]
    const servicePort = Number(field(port, 'port'))
    const labels = pick(field(service, 'metadata'), ['labels'])
    const own = dialect === 'flat' ? {} : (labels['labels'] as JsonObject | undefined)
    const metadata = {
      name: `${serviceNamespace}-${serviceName}-${servicePort}`,
      namespace,
      labels: { ...own, ...DISCOVERED_BY },
      ...pick(field(service, 'metadata'), ['annotations']),
    }
    const spec = { discoveryMetadata: dialect === 'flat' ? labels : {} }
    const kube = {
      ...pick(field(service, 'spec'), ['selector']),
      serviceName,
      serviceNamespace,
      servicePort,
    }
    const upstream = { apiVersion: 'gloo.solo.io/v1', kind: 'Upstream', metadata, spec, status: {} }
    return withValue(upstream, [...PATHS[dialect], 'kube'], kube)
  })

/** The same with what is set on the stored one already. From then on, discovery wants that itself. */
export const takeOver = (
  wanted: JsonObject,
  stored: JsonObject | undefined,
  dialect: Dialect,
): JsonObject => {
  if (stored === undefined) return wanted
  const path = PATHS[dialect]
  const [own, theirs] = [fieldAt(wanted, ...path), fieldAt(stored, ...path)]
  const kube = LEFT_TO_OTHERS.reduce(without, field(own, 'kube') as JsonObject)
  return withValue(wanted, path, {
    ...pick(theirs, TAKEN_OVER),
    ...(own as JsonObject),
    kube: { ...kube, ...pick(field(theirs, 'kube'), LEFT_TO_OTHERS) },
  })
}

/** Metadata and status are never a reason to write; before 1.0, the destination alone is one. */
export const isOutdated = (stored: JsonObject, wanted: JsonObject, dialect: Dialect) => {
  const path = dialect === 'flat' ? PATHS.flat : [...PATHS.nested, 'kube']
  return !isDeepStrictEqual(fieldAt(stored, ...path), fieldAt(wanted, ...path))
}

/** The UPDATE of a stored Upstream: whole, with the metadata of discovery and without a status. */
export const updateOf = (stored: JsonObject, wanted: JsonObject) =>
  withValue(wanted, ['metadata', 'resourceVersion'], fieldAt(stored, 'metadata', 'resourceVersion'))

const pick = (record: unknown, keys: readonly string[]): JsonObject =>
  Object.fromEntries(
    keys.map(key => [key, field(record, key)] as const).filter(([, value]) => isSet(value)),
  )
