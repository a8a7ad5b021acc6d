import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requirePart } from '../parts/parts.ts'
import { freePort } from '../parts/ports.ts'
import { start, waitUntilReady } from '../parts/processes.ts'

export interface GatewayOptions {
  readonly dir: string
  /** Envoy's cluster discovery file. */
  readonly clustersFile: string
  /** The cluster that all requests go to. */
  readonly cluster: string
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

const bootstrap = (options: GatewayOptions, ports: { http: number; admin: number }) => ({
  node: { id: 'gateway-proxy.gloo-system', cluster: 'gateway' },
  admin: { address: socket(ports.admin) },
  dynamic_resources: { cds_config: { path_config_source: { path: options.clustersFile } } },
  static_resources: {
    listeners: [
      {
        name: 'http',
        address: socket(ports.http),
        filter_chains: [
          {
            filters: [
              {
                name: 'envoy.filters.network.http_connection_manager',
                typed_config: connectionManager(options.cluster),
              },
            ],
          },
        ],
      },
    ],
  },
})

/** A real Envoy as the gateway-proxy: one listener, and clusters from a file. */
export const startGateway = async (options: GatewayOptions) => {
  const ports = { http: await freePort(), admin: await freePort() }
  const config = join(options.dir, 'envoy.json')
  writeFileSync(config, JSON.stringify(bootstrap(options, ports)))
  const args = [
    '-c',
    config,
    '--concurrency',
    '1',
    '--disable-hot-restart',
    '--log-level',
    'warning',
  ]
  const { envoy } = requirePart('envoy')
  const running = await start({
    name: 'envoy',
    file: envoy,
    args,
    log: join(options.dir, 'envoy.log'),
  })
  const admin = `http://127.0.0.1:${ports.admin}`
  await waitUntilReady([running], () => isOk(`${admin}/ready`))
  return {
    url: `http://127.0.0.1:${ports.http}`,
    /** Whether Envoy knows the cluster: before that it answers 503 for want of it. */
    hasCluster: async () => (await textOf(`${admin}/clusters`)).includes(`${options.cluster}::`),
    stop: () => running.stop(),
  }
}

const textOf = async (url: string) => (await fetch(url)).text()

const isOk = (url: string) =>
  fetch(url).then(
    response => response.ok,
    () => false,
  )
