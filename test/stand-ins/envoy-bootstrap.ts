import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { field, fieldAt, items } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import type { Container } from './pod-containers.ts'

export interface GatewayOptions {
  /** Envoy's cluster discovery file. */
  readonly clustersFile: string
  /** The cluster that all requests go to. */
  readonly cluster: string
  readonly ports: { readonly http: number; readonly admin: number }
}

const socket = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })

const connectionManager = (cluster: string) => ({
  '@type':
    'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  stat_prefix: 'http',
  route_config: {
    virtual_hosts: [
      { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] },
    ],
    // The Upstream, and so the cluster, comes later.
    validate_clusters: false,
  },
  http_filters: [
    {
      name: 'envoy.filters.http.router',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
      },
    },
  ],
})

const listener = ({ cluster, ports }: GatewayOptions) => ({
  name: 'http',
  address: socket(ports.http),
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: connectionManager(cluster),
        },
      ],
    },
  ],
})

/** What the pod mounts, with the wrapper's placeholders filled in. */
const mounted = ({ root, env }: Container): unknown => {
  const file = join(root, 'etc', 'envoy', 'envoy.yaml')
  if (!existsSync(file)) return {}
  const text = readFileSync(file, 'utf8')
    .replaceAll('{{.PodName}}', env['POD_NAME'] ?? '')
    .replaceAll('{{.PodNamespace}}', env['POD_NAMESPACE'] ?? '')
  return parse(text)
}

/** The node and the clusters are the pod's own; what Gloo would send by xDS comes from here. */
export const bootstrapOf = (container: Container, options: GatewayOptions): JsonObject => {
  const own = mounted(container)
  return {
    node: field(own, 'node') ?? { id: 'gateway-proxy', cluster: 'gateway' },
    admin: { address: socket(options.ports.admin) },
    dynamic_resources: { cds_config: { path_config_source: { path: options.clustersFile } } },
    static_resources: {
      clusters: items(fieldAt(own, 'static_resources', 'clusters')),
      listeners: [listener(options)],
    },
  }
}
