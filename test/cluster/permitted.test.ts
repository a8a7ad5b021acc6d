import { t } from 'tap'
import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import { PermittedApi } from '../../src/cluster/permitted.ts'
import type { JsonObject } from '../../src/core/types.ts'

const forbidden = (what: string) =>
  new ApiError(
    { statusCode: 403, headers: {} },
    JSON.stringify({ kind: 'Status', message: `${what} is forbidden: User "jane" cannot list it` }),
  )

/** Answers by path, with what the API server would throw where that is an error. */
const serving = (answers: Record<string, JsonObject | Error>) => ({
  request: async ({ path }: ApiRequest): Promise<JsonObject> => {
    const answer = answers[path] ?? {}
    if (answer instanceof Error) throw answer
    return answer
  },
  async *lines({ path }: ApiRequest, onAnswer: () => void = () => {}) {
    onAnswer()
    yield path
  },
})

t.test('what is forbidden is as if it were not there, and is told', async t => {
  const api = new PermittedApi(serving({ '/pods': forbidden('pods'), '/services': { items: [] } }))
  t.strictSame(await api.request({ path: '/services' }), { items: [] })
  t.strictSame(api.unseen, [])
  await t.rejects(api.request({ path: '/pods' }), { name: 'ApiError', statusCode: 404 })
  t.strictSame(api.unseen, ['pods is forbidden: User "jane" cannot list it'])
})

t.test('what was forbidden is not told any more once it is allowed', async t => {
  const answers: Record<string, JsonObject | Error> = { '/pods': forbidden('pods') }
  const api = new PermittedApi(serving(answers))
  await t.rejects(api.request({ path: '/pods' }))
  answers['/pods'] = {}
  await api.request({ path: '/pods' })
  t.strictSame(api.unseen, [])
})

t.test('the same words are told once, and all in order', async t => {
  const api = new PermittedApi(
    serving({ '/a': forbidden('pods'), '/b': forbidden('pods'), '/c': forbidden('configmaps') }),
  )
  for (const path of ['/a', '/b', '/c']) await t.rejects(api.request({ path }))
  t.strictSame(
    api.unseen.map(line => line.split(' ')[0]),
    ['configmaps', 'pods'],
  )
})

t.test('any other failure is passed on, and so is a watch', async t => {
  const api = new PermittedApi(
    serving({ '/pods': new ApiError({ statusCode: 500, headers: {} }, '') }),
  )
  await t.rejects(api.request({ path: '/pods' }), { name: 'ApiError', statusCode: 500 })
  t.strictSame(api.unseen, [])
  let isAnswered = false
  const lines: string[] = []
  for await (const line of api.lines({ path: '/watch' }, () => (isAnswered = true)))
    lines.push(line)
  t.strictSame([lines, isAnswered], [['/watch'], true])
})
