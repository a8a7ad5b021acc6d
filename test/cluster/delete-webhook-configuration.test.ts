import { type Test, t } from 'tap'
import { ApiClient } from '../../src/cluster/api.ts'
import { deleteWebhookConfiguration } from '../../src/cluster/delete-webhook-configuration.ts'
import { type Answer, ApiEndpoint, failure } from '../stand-ins/api-endpoint.ts'

const DONE: Answer = response => response.end('{"kind":"Status","status":"Success"}')

const setUp = async (t: Test, ...answers: readonly Answer[]) => {
  const server = new ApiEndpoint()
  await server.listen()
  server.answerNext(...answers)
  const api = new ApiClient(server.kubeConfig())
  t.teardown(() => {
    api.close()
    return server.close()
  })
  const remove = () => deleteWebhookConfiguration(api, 'a.b', AbortSignal.timeout(5_000))
  return { remove, asked: () => server.asked.map(({ pathname }) => pathname) }
}

const pathIn = (version: string) =>
  `/apis/admissionregistration.k8s.io/${version}/mutatingwebhookconfigurations/a.b`

// what the API server answers | there was one | versions asked for
const cases: readonly [string, readonly Answer[], boolean, readonly string[]][] = [
  ['one that is there', [DONE], true, ['v1']],
  ['one of Kubernetes before 1.16', [failure(404), DONE], true, ['v1', 'v1beta1']],
  ['one that is not there', [failure(404), failure(404)], false, ['v1', 'v1beta1']],
]
for (const [title, answers, wasThere, versions] of cases)
  t.test(`deletes ${title}: ${wasThere}`, async t => {
    const { remove, asked } = await setUp(t, ...answers)
    t.equal(await remove(), wasThere)
    t.strictSame(asked(), versions.map(pathIn))
  })

t.test('a right that is missing is told', async t => {
  const { remove, asked } = await setUp(t, failure(403, { message: 'forbidden' }))
  await t.rejects(remove(), {
    message:
      'MutatingWebhookConfiguration a.b cannot be deleted: forbidden; it takes the right to delete it',
  })
  t.strictSame(asked(), [pathIn('v1')])
})
