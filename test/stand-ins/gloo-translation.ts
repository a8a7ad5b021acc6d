import { field, fieldAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { tlsContextOf } from './gloo-tls.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where a Kubernetes Service listens; there is no kube-proxy to ask. */
export type Resolve = (service: string, namespace: string, port: number) => Address

/** Gloo's name for the Envoy cluster of an Upstream. */
export const clusterName = (upstream: JsonObject) =>
  [fieldAt(upstream, 'metadata', 'name'), fieldAt(upstream, 'metadata', 'namespace')].join('_')

/** What an Upstream says, in the dialect of Gloo before 1.0 or in today's. */
const specOf = (upstream: JsonObject) =>
  fieldAt(upstream, 'spec', 'upstreamSpec') ?? field(upstream, 'spec')

export const sslConfigOf = (upstream: JsonObject) => field(specOf(upstream), 'sslConfig')

const addressOf = (kube: unknown, resolve: Resolve) => {
  const [service, namespace] = [field(kube, 'serviceName'), field(kube, 'serviceNamespace')]
  const { host, port } = resolve(
    String(service),
    String(namespace),
    Number(field(kube, 'servicePort')),
  )
  return { socket_address: { address: host, port_value: port } }
}

const loadAssignment = (cluster_name: string, address: JsonObject) => ({
  cluster_name,
  endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
})

const transportSocket = (sslConfig: unknown, version: string) => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
    ...tlsContextOf(sslConfig, version),
  },
})

/** The Envoy cluster that a version of Gloo makes of an Upstream with `kube` and, maybe, `sslConfig`. */
export const clusterOf = (upstream: JsonObject, resolve: Resolve, version: string) => {
  const [name, spec] = [clusterName(upstream), specOf(upstream)]
  const requests = fieldAt(spec, 'connectionConfig', 'maxRequestsPerConnection')
  const sslConfig = field(spec, 'sslConfig')
  return {
    '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    name,
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: loadAssignment(name, addressOf(field(spec, 'kube'), resolve)),
    ...(requests !== undefined && { max_requests_per_connection: requests }),
    ...(sslConfig !== undefined && { transport_socket: transportSocket(sslConfig, version) }),
  }
}
