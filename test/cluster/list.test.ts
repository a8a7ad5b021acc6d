import { t } from 'tap'
import { informed, listsOf, until, watchesOf } from '../harness/informed.ts'
import { failure } from '../stand-ins/api-endpoint.ts'

const V1 = '/apis/example.com/v1/things'
const V1_BETA1 = '/apis/example.com/v1beta1/things'

t.test('all is told as one list, whole and trimmed, however many pages it takes', async t => {
  const selected = { labelSelector: 'a=b', fieldSelector: 'metadata.name!=x' }
  const { server, told, informer, untilWatch } = await informed(t, selected)
  for (let count = 0; count < 1001; count++) server.put(`${count}`, { spec: count, status: {} })
  t.notOk(informer.isSynced)
  informer.start()
  await untilWatch()
  t.ok(informer.isSynced)
  t.equal(told.lines.length, 1)
  t.equal(told.objects.size, 1001)
  t.strictSame(told.objects.get('1000'), {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: '1000', resourceVersion: '1101' },
    spec: 1000,
  })
  t.strictSame(
    listsOf(server).map(({ searchParams }) => Object.fromEntries(searchParams)),
    [{}, { continue: 'rest 0' }, { continue: 'rest 1' }].map(token => ({
      ...selected,
      limit: '500',
      ...token,
    })),
  )
})

t.test('a list that the API server forgets half-way is started over', async t => {
  const { server, told, waits, informer, passWait, untilWatch } = await informed(t)
  for (let count = 0; count < 501; count++) server.put(`${count}`)
  server.answerNext(response => {
    server.answer(response)
    server.remove('0')
    server.compact()
  })
  informer.start()
  await passWait()
  await untilWatch()
  t.equal(told.lines.length, 1, 'nothing is told of the first, and it is no failure')
  t.equal(told.objects.size, 500)
  t.notOk(told.objects.has('0'))
  t.strictSame(waits, [1000])
})

t.test('nothing is told of a list of which a page fails', async t => {
  const { server, told, informer, passWait, untilWatch } = await informed(t)
  for (let count = 0; count < 501; count++) server.put(`${count}`)
  server.answerNext(response => server.answer(response), failure(500))
  informer.start()
  await told.until('failed')
  t.equal(told.lines.length, 1)
  t.notOk(informer.isSynced)
  await passWait()
  await untilWatch()
  t.equal(told.objects.size, 501)
})

t.test('the first path that is there is listed and watched', async t => {
  const { server, told, informer, untilWatch } = await informed(t)
  server.paths.clear()
  server.paths.add(V1_BETA1)
  server.put('a')
  informer.start()
  await untilWatch()
  t.strictSame(
    server.asked.map(({ pathname }) => pathname),
    [V1, V1_BETA1, V1_BETA1],
  )
  t.strictSame(told.lines, ['all: a'])
})

t.test('a resource that is not installed has no objects, and is asked for each minute', async t => {
  const { server, told, waits, informer, passWait, untilWatch } = await informed(t)
  server.paths.clear()
  informer.start()
  await told.until('all: ')
  t.ok(informer.isSynced)
  await passWait()
  await until('asked again', () => server.asked.length === 4)
  t.equal(watchesOf(server).length, 0)
  server.paths.add(V1)
  server.put('a')
  await passWait()
  await untilWatch()
  t.strictSame(waits, [60_000, 60_000])
  t.strictSame(told.lines, ['all: ', 'all: ', 'all: a'])
})

for (const answer of ['{"kind":"Ok"}', '[]', 'null', '<html>'])
  t.test(`${answer} is no list, least of all an empty one`, async t => {
    const { server, told, informer, passWait, untilWatch } = await informed(t)
    server.put('a')
    server.answerNext(response => response.end(answer))
    informer.start()
    await told.until('failed')
    t.notOk(informer.isSynced)
    await passWait()
    await untilWatch()
    t.strictSame(told.lines.slice(1), ['all: a'])
  })

t.test('a list without items, as an empty one may come, is empty', async t => {
  const { server, told, informer } = await informed(t)
  server.answerNext(response => response.end('{"metadata":{"resourceVersion":"1"},"items":null}'))
  informer.start()
  await told.until('all: ')
  t.strictSame(told.lines, ['all: '])
})
