import { renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node'
import { field, fieldAt, items } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface GlooOptions {
  readonly kubeConfig: KubeConfig
  /** Envoy's cluster discovery file. */
  readonly clustersFile: string
  /** Where a Kubernetes Service listens; there is no kube-proxy to ask. */
  readonly resolve: (service: string, namespace: string, port: number) => Address
}

const INTERVAL_MS = 200
const UPSTREAMS = { group: 'gloo.solo.io', version: 'v1', plural: 'upstreams' }

/** Gloo's name for the Envoy cluster of an Upstream. */
export const clusterName = (upstream: JsonObject) =>
  [
    field(field(upstream, 'metadata'), 'name'),
    field(field(upstream, 'metadata'), 'namespace'),
  ].join('_')

/** The Envoy cluster that Gloo makes of an Upstream with `kube` and, maybe, `sslConfig.sslFiles`. */
export const clusterOf = (upstream: JsonObject, resolve: GlooOptions['resolve']) => {
  const spec = fieldAt(upstream, 'spec', 'upstreamSpec') ?? field(upstream, 'spec')
  const kube = field(spec, 'kube')
  const [service, namespace] = [field(kube, 'serviceName'), field(kube, 'serviceNamespace')]
  const { host, port } = resolve(
    String(service),
    String(namespace),
    Number(field(kube, 'servicePort')),
  )
  const sslFiles = fieldAt(spec, 'sslConfig', 'sslFiles')
  return {
    '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    name: clusterName(upstream),
    type: 'STATIC',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: clusterName(upstream),
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(host, port) } }] }],
    },
    ...(sslFiles !== undefined && { transport_socket: tlsSocket(spec, sslFiles) }),
  }
}

const socketAddress = (address: string, port: number) => ({
  socket_address: { address, port_value: port },
})

const tlsSocket = (spec: unknown, sslFiles: unknown) => {
  const sni = fieldAt(spec, 'sslConfig', 'sni')
  const sans = items(fieldAt(spec, 'sslConfig', 'verifySubjectAltName'))
  const alpn = items(fieldAt(spec, 'sslConfig', 'alpnProtocols'))
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      ...(sni !== undefined && { sni }),
      common_tls_context: {
        tls_certificates: [
          {
            certificate_chain: { filename: field(sslFiles, 'tlsCert') },
            private_key: { filename: field(sslFiles, 'tlsKey') },
          },
        ],
        validation_context: {
          trusted_ca: { filename: field(sslFiles, 'rootCa') },
          ...(sans.length > 0 && {
            match_typed_subject_alt_names: sans.map(exact => ({
              san_type: 'URI',
              matcher: { exact },
            })),
          }),
        },
        ...(alpn.length > 0 && { alpn_protocols: alpn }),
      },
    },
  }
}

/**
 * Gloo's control plane as far as Upstreams go: every Upstream becomes a cluster of Envoy, and its
 * status is reported by an UPDATE of the whole object, as Gloo does for want of a status subresource.
 */
export const startGloo = ({ kubeConfig, clustersFile, resolve }: GlooOptions) => {
  const api = kubeConfig.makeApiClient(CustomObjectsApi)
  const stopping = new AbortController()
  let written = ''

  const report = async (upstream: JsonObject) => {
    const { name = '', namespace = '' } = (upstream['metadata'] ?? {}) as Record<string, string>
    const body = { ...upstream, status: { reported_by: 'gloo', state: 1 } }
    await api.replaceNamespacedCustomObject({ ...UPSTREAMS, name, namespace, body })
  }

  const translate = async () => {
    const list: unknown = await api.listCustomObjectForAllNamespaces(listOf())
    const upstreams = items(field(list, 'items')) as JsonObject[]
    const resources = upstreams.map(upstream => clusterOf(upstream, resolve))
    const text = JSON.stringify({ resources })
    if (text !== written) replaceFile(clustersFile, text)
    written = text
    await Promise.all(
      upstreams.filter(upstream => field(upstream, 'status') === undefined).map(report),
    )
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      // A conflict or a control plane on its way down: the next turn looks again.
      await translate().catch(() => {})
      await sleep(INTERVAL_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  replaceFile(clustersFile, JSON.stringify({ resources: [] }))
  const done = run()
  return {
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}

const listOf = () => ({ ...UPSTREAMS, resourcePlural: UPSTREAMS.plural })

/** Envoy watches for files that are moved into place, never for files that are written. */
const replaceFile = (file: string, text: string) => {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}
