import { type Test, t } from 'tap'
import { ApiClient } from '../../src/cluster/api.ts'
import { demandProxiesVisible } from '../../src/cluster/proxies-visible.ts'
import { type Answer, ApiEndpoint, failure } from '../stand-ins/api-endpoint.ts'

const EMPTY: Answer = response => response.end('{"items":[]}')

const setUp = async (t: Test, ...answers: readonly Answer[]) => {
  const server = new ApiEndpoint()
  await server.listen()
  const api = new ApiClient(server.kubeConfig())
  t.teardown(() => {
    api.close()
    return server.close()
  })
  server.answerNext(...answers)
  return { server, api }
}

t.test('both kinds of proxies are asked for, and no more than one of each', async t => {
  const { server, api } = await setUp(t, EMPTY, EMPTY)
  await demandProxiesVisible(api)
  t.strictSame(server.asked.map(({ pathname, search }) => pathname + search).toSorted(), [
    '/apis/apps/v1/daemonsets?labelSelector=gloo&limit=1',
    '/apis/apps/v1/deployments?labelSelector=gloo&limit=1',
  ])
})

for (const answers of [
  [failure(403, { message: 'no' }), EMPTY],
  [EMPTY, failure(403, { message: 'no' })],
])
  t.test('one that may not be seen is told with the right that it takes', async t => {
    const { api } = await setUp(t, ...answers)
    await t.rejects(demandProxiesVisible(api), {
      message: /^the proxies of Gloo cannot be seen: no; it takes the right to list deployments/,
    })
  })
