import { field, isRecord, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** Envoy's bootstrap as text that can be extended without touching what else it says. */
export interface Bootstrap {
  /** The static clusters. */
  readonly clusters: readonly unknown[]
  /** The text with clusters appended, in place of those of their names; all else stays as written. */
  readonly with: (...added: readonly JsonObject[]) => string
  /** The text without the clusters of these names. */
  readonly without: (...names: readonly string[]) => string
}

/** Reads a bootstrap; undefined when it is no YAML or has no list of static clusters. */
export type ReadBootstrap = (text: string) => Bootstrap | undefined

/** The static cluster of an sds container, as Gloo's chart has it (gloo@v1.22.1:install/helm/gloo/templates/9-gateway-proxy-configmap.yaml). */
export const sdsClusterOf = (name: string, port: number): JsonObject => ({
  name,
  connect_timeout: '0.25s',
  http2_protocol_options: {},
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: [
          { endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } },
        ],
      },
    ],
  },
})

export const clusterNames = ({ clusters }: Bootstrap): readonly string[] =>
  clusters.map(cluster => textAt(cluster, 'name'))

/** The key that every proxy of Gloo reads its bootstrap from (gloo@v0.13.13 to v1.22.1). */
const BOOTSTRAP_KEY = 'envoy.yaml'

/** The bootstrap that a ConfigMap holds, as text; undefined when it holds none. */
export const bootstrapText = (
  configMap: JsonObject,
): { readonly key: string; readonly text: string } | undefined => {
  const data = field(configMap, 'data')
  const text = isRecord(data) ? textAt(data, BOOTSTRAP_KEY) : ''
  return text === '' ? undefined : { key: BOOTSTRAP_KEY, text }
}
