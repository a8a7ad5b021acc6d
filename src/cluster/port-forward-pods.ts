import { field, fieldAt, isRecord, isSet, items, textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import type { ProxyPod } from '../core/verify-pod.ts'
import { nameOfObject } from '../core/write-of.ts'
import type { ApiClient } from './api.ts'
import { listAll } from './list.ts'

/** The pods of a proxy that are ready to be asked. Throws ApiError. */
export const readyPodsOf = async (
  api: Pick<ApiClient, 'request'>,
  proxy: JsonObject,
  signal: AbortSignal,
): Promise<readonly ProxyPod[]> => {
  const namespace = textAt(proxy, 'metadata', 'namespace')
  const resource = {
    kind: 'pods',
    paths: [`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`],
    labelSelector: selectorOf(proxy),
    trim: (pod: JsonObject) => pod,
  }
  const listed = await listAll({ api, resource, signal, onPage: () => {} })
  return (listed?.objects ?? []).filter(isReady).map(pod => ({
    proxy: nameOfObject(proxy),
    namespace,
    name: textAt(pod, 'metadata', 'name'),
    serviceAccount: textAt(pod, 'spec', 'serviceAccountName') || 'default',
  }))
}

const isReady = (pod: JsonObject): boolean =>
  !isSet(fieldAt(pod, 'metadata', 'deletionTimestamp')) &&
  items(fieldAt(pod, 'status', 'conditions')).some(
    condition => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  )

/** A workload of `extensions/v1beta1` may leave its selector to the labels of its pods. */
const selectorOf = (proxy: JsonObject): string => {
  const selector = fieldAt(proxy, 'spec', 'selector') ?? {
    matchLabels: fieldAt(proxy, 'spec', 'template', 'metadata', 'labels'),
  }
  const labels = field(selector, 'matchLabels')
  const equal = Object.entries(isRecord(labels) ? labels : {}).map(pair => pair.join('='))
  return [...equal, ...items(field(selector, 'matchExpressions')).map(expressionText)].join(',')
}

const expressionText = (expression: unknown): string => {
  const key = textAt(expression, 'key')
  const values = `(${items(field(expression, 'values')).join(',')})`
  switch (textAt(expression, 'operator')) {
    case 'In':
      return `${key} in ${values}`
    case 'NotIn':
      return `${key} notin ${values}`
    case 'DoesNotExist':
      return `!${key}`
    default:
      return key
  }
}
