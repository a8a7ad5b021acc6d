import { type Test, t } from 'tap'
import { ApiClient } from '../../src/cluster/api.ts'
import { behind, lookAtIngress, readServices } from '../../src/cluster/ingress.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { nodeOf, proxyPod, proxyService } from '../harness/ingress.ts'
import { ApiEndpoint, failure } from '../stand-ins/api-endpoint.ts'

const PLACE = { namespace: 'gloo-system', name: 'gateway-proxy' }

const setUp = async (t: Test, ...answers: readonly (JsonObject | number)[]) => {
  const server = new ApiEndpoint()
  await server.listen()
  const api = new ApiClient(server.kubeConfig())
  t.teardown(() => {
    api.close()
    return server.close()
  })
  for (const answer of answers)
    server.answerNext(
      typeof answer === 'number'
        ? failure(answer, { message: 'no' })
        : response => response.end(JSON.stringify(answer)),
    )
  return { server, api }
}

t.test('a Service is read with its pods and their nodes, each once', async t => {
  const pods = [proxyPod(), proxyPod(), proxyPod({ nodeName: undefined })]
  const { server, api } = await setUp(t, proxyService(), { items: pods }, nodeOf('node-1'))
  t.strictSame(await lookAtIngress(api, PLACE), {
    service: proxyService(),
    pods: JSON.parse(JSON.stringify(pods)),
    nodes: [nodeOf('node-1')],
  })
  t.strictSame(
    server.asked.map(({ pathname, searchParams }) => [pathname, searchParams.get('labelSelector')]),
    [
      ['/api/v1/namespaces/gloo-system/services/gateway-proxy', null],
      ['/api/v1/namespaces/gloo-system/pods', 'gateway-proxy-id=gateway-proxy'],
      ['/api/v1/nodes/node-1', null],
    ],
  )
})

t.test('a Service that is not there is no error', async t => {
  const { api } = await setUp(t, 404)
  t.equal(await lookAtIngress(api, PLACE), undefined)
})

for (const code of [403, 404])
  t.test(`nodes that answer ${code} are left out`, async t => {
    const { api } = await setUp(t, proxyService(), { items: [proxyPod()] }, code)
    t.strictSame((await lookAtIngress(api, PLACE))?.nodes, [])
  })

t.test('a Service without a selector has no pods of its own', async t => {
  const { server, api } = await setUp(t)
  t.strictSame((await behind(api, proxyService({ selector: undefined }))).pods, [])
  t.strictSame((await behind(api, proxyService({ selector: {} }))).pods, [])
  t.equal(server.asked.length, 0)
})

t.test('all Services of a namespace are read whole', async t => {
  const { server, api } = await setUp(t, { items: [proxyService()] })
  t.strictSame(await readServices(api, 'gloo-system'), [proxyService()])
  t.equal(server.asked[0]?.pathname, '/api/v1/namespaces/gloo-system/services')
})

// code | what to do
const refusals: readonly [number, string][] = [
  [403, '; it takes the right to get services, and to list pods there'],
  [500, ''],
]
for (const [code, advice] of refusals)
  t.test(`${code} is told with what to do`, async t => {
    const { api } = await setUp(t, code)
    await t.rejects(lookAtIngress(api, PLACE), {
      message: `Service gloo-system/gateway-proxy cannot be looked at: no${advice}`,
    })
  })
