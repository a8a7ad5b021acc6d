import { t } from 'tap'
import type { ApiRequest } from '../../src/cluster/api.ts'
import { readyPodsOf } from '../../src/cluster/port-forward-pods.ts'
import type { JsonObject } from '../../src/core/types.ts'

const pod = (name: string, ready: string | undefined, more: JsonObject = {}): JsonObject => ({
  metadata: { name, ...(more['metadata'] as JsonObject | undefined) },
  spec: { serviceAccountName: more['serviceAccountName'] },
  status: {
    conditions: [
      { type: 'PodScheduled', status: 'True' },
      ...(ready === undefined ? [] : [{ type: 'Ready', status: ready }]),
    ],
  },
})

const apiWith = (...pods: readonly JsonObject[]) => {
  const asked: ApiRequest[] = []
  const request = async (each: ApiRequest) => {
    asked.push(each)
    return { kind: 'PodList', metadata: { resourceVersion: '1' }, items: pods }
  }
  return { asked, api: { request } }
}

const proxy = (spec: JsonObject): JsonObject => ({
  kind: 'Deployment',
  metadata: { namespace: 'gloo-system', name: 'gateway-proxy' },
  spec,
})
const SELECTED = { selector: { matchLabels: { gloo: 'gateway-proxy' } } }
const signal = new AbortController().signal

t.test('pods count that are ready and not on their way out', async t => {
  const leaving = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const { api } = apiWith(
    pod('a', 'True', { serviceAccountName: 'gateway-proxy' }),
    pod('b', 'True'),
    pod('c', 'False'),
    pod('d', undefined),
    pod('e', 'True', leaving),
  )
  t.strictSame(await readyPodsOf(api, proxy(SELECTED), signal), [
    {
      proxy: 'Deployment gloo-system/gateway-proxy',
      namespace: 'gloo-system',
      name: 'a',
      serviceAccount: 'gateway-proxy',
    },
    {
      proxy: 'Deployment gloo-system/gateway-proxy',
      namespace: 'gloo-system',
      name: 'b',
      serviceAccount: 'default',
    },
  ])
})

const expression = (operator: string, ...values: readonly string[]) => ({
  selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'k', operator, values }] },
})
// spec of the proxy | selector that is sent
const selectors: readonly [JsonObject, string][] = [
  [SELECTED, 'gloo=gateway-proxy'],
  [{ selector: { matchLabels: { a: 'b', c: 'd' } } }, 'a=b,c=d'],
  [{ template: { metadata: { labels: { gloo: 'gateway-proxy' } } } }, 'gloo=gateway-proxy'],
  [expression('In', 'x', 'y'), 'a=b,k in (x,y)'],
  [expression('NotIn', 'x'), 'a=b,k notin (x)'],
  [expression('Exists'), 'a=b,k'],
  [expression('DoesNotExist'), 'a=b,!k'],
]
for (const [spec, selector] of selectors)
  t.test(`pods are selected by ${selector}`, async t => {
    const { api, asked } = apiWith()
    t.strictSame(await readyPodsOf(api, proxy(spec), signal), [])
    t.match(asked, [
      { path: '/api/v1/namespaces/gloo-system/pods', query: { labelSelector: selector } },
    ])
  })
