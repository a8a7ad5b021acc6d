import { serviceAt } from './destination.ts'
import { field, items } from './json.ts'
import { remembered } from './remembered.ts'
import type { JsonObject } from './types.ts'
import { eitherCase, viewUpstream } from './upstream.ts'

/** A Service that an Upstream sends requests to. */
export interface Destination {
  readonly namespace: string
  readonly service: string
  /** Port of the Service; undefined when the Upstream does not say. */
  readonly port: number | undefined
}

/**
 * Where an Upstream leads to: the Service that it names, or those behind its static hosts. Policy goes by
 * these, because Gloo's discovery writes every Upstream into its own namespace.
 */
export const destinationsOf = remembered(
  (upstream: JsonObject, clusterDomain: string): readonly Destination[] => {
    const { settings } = viewUpstream(upstream)
    const kube = field(settings, 'kube')
    const service = eitherCase(kube, 'serviceName')
    const namespace = eitherCase(kube, 'serviceNamespace')
    if (typeof service === 'string' && typeof namespace === 'string')
      return [{ namespace, service, port: portOf(eitherCase(kube, 'servicePort')) }]
    return items(field(field(settings, 'static'), 'hosts')).flatMap(host => {
      const name = serviceAt(host, clusterDomain)
      return name ? [{ ...name, port: portOf(field(host, 'port')) }] : []
    })
  },
)

const portOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

/** `default/details`, as messages name a Service. */
export const nameOfService = ({ namespace, service }: Destination): string =>
  `${namespace}/${service}`
