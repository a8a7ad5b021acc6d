import { type Test, t } from 'tap'
import { admitUpstream } from '../../src/cluster/admit-upstream.ts'
import { ApiClient } from '../../src/cluster/api.ts'
import { upstream } from '../harness/build.ts'
import { ApiEndpoint, failure } from '../stand-ins/api-endpoint.ts'

const setUp = async (t: Test) => {
  const server = new ApiEndpoint()
  await server.listen()
  const api = new ApiClient(server.kubeConfig())
  t.teardown(() => {
    api.close()
    return server.close()
  })
  return { server, ask: () => admitUpstream(api, upstream(), AbortSignal.timeout(5_000)) }
}

t.test('an Upstream is tried out without being stored, and the warnings are heard', async t => {
  const { server, ask } = await setUp(t)
  server.answerNext(async response => {
    const sent = (await response.req.setEncoding('utf8').toArray()).join('')
    response.setHeader('Warning', ['299 - "one"', '299 - "two"']).end(sent)
  })
  t.strictSame(await ask(), { object: upstream(), warnings: ['one', 'two'] })
  t.match(server.asked[0], {
    pathname: '/apis/gloo.solo.io/v1/namespaces/gloo-system/upstreams',
    search: '?dryRun=All',
  })
})

for (const [code, advice] of [
  [403, 'it takes the right to create upstreams.gloo.solo.io there'],
  [404, 'install Gloo first, and name a namespace that exists'],
] as const)
  t.test(`${code} is told with what to do`, async t => {
    const { server, ask } = await setUp(t)
    server.answerNext(failure(code, { message: 'no' }))
    await t.rejects(ask(), {
      message: `an Upstream in namespace gloo-system cannot be tried out: no; ${advice}`,
    })
  })
