import { fieldAt, isRecord, items, textAt } from '../core/json.ts'
import type { Ingress } from '../core/mesh-ingress.ts'
import type { JsonObject } from '../core/types.ts'
import { withAdvice } from './advice.ts'
import type { ApiClient } from './api.ts'
import { isStatus } from './api-status.ts'

type Api = Pick<ApiClient, 'request'>

/** A Service, by its place. */
export interface ServiceName {
  readonly namespace: string
  readonly name: string
}

const pathOf = (namespace: string, kind: string, name = '') =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind}${name && `/${encodeURIComponent(name)}`}`

/** All that tells where a gateway is reached; undefined when there is no such Service. Throws ApiError. */
export const readIngress = async (
  api: Api,
  { namespace, name }: ServiceName,
): Promise<Ingress | undefined> => {
  const service = await missing(api.request({ path: pathOf(namespace, 'services', name) }), 404)
  return service && behind(api, service)
}

/** Every Service of a namespace, whole. Throws ApiError. */
export const readServices = async (api: Api, namespace: string): Promise<readonly JsonObject[]> =>
  items((await api.request({ path: pathOf(namespace, 'services') }))['items']).filter(isRecord)

/** What stands behind a Service. Throws ApiError. */
export const behind = async (api: Api, service: JsonObject): Promise<Ingress> => {
  const pods = await podsOf(api, service)
  const names = new Set(pods.map(pod => textAt(pod, 'spec', 'nodeName')).filter(Boolean))
  // Not everybody may see nodes; pods tell enough then.
  const nodes = await Promise.all(
    [...names].map(node =>
      missing(api.request({ path: `/api/v1/nodes/${encodeURIComponent(node)}` }), 403, 404),
    ),
  )
  return { service, pods, nodes: nodes.filter(isRecord) }
}

const podsOf = async (api: Api, service: JsonObject): Promise<readonly JsonObject[]> => {
  const selector = fieldAt(service, 'spec', 'selector')
  const labels = Object.entries(isRecord(selector) ? selector : {})
  // Without a selector it has its endpoints from somebody else.
  if (labels.length === 0) return []
  const found = await api.request({
    path: pathOf(textAt(service, 'metadata', 'namespace'), 'pods'),
    query: { labelSelector: labels.map(([key, value]) => `${key}=${String(value)}`).join(',') },
  })
  return items(found['items']).filter(isRecord)
}

/** Undefined for these answers. */
const missing = async <T>(
  asking: Promise<T>,
  ...codes: readonly number[]
): Promise<T | undefined> => {
  try {
    return await asking
  } catch (error) {
    if (isStatus(error, ...codes)) return undefined
    throw error
  }
}

const ADVICE = { 403: 'it takes the right to get services, and to list pods there' }

/** The same, with what to do about what went wrong. */
export const lookAtIngress = (api: Api, service: ServiceName): Promise<Ingress | undefined> =>
  withAdvice(
    readIngress(api, service),
    `Service ${service.namespace}/${service.name} cannot be looked at`,
    ADVICE,
  )
