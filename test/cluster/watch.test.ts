import { t } from 'tap'
import {
  informed,
  listsOf,
  SILENCE_MS,
  until,
  versionsWatched,
  watchesOf,
  watching,
} from '../harness/informed.ts'

t.test('a watch asks for bookmarks, by what is selected, for four to eight minutes', async t => {
  const selected = { labelSelector: 'a=b', fieldSelector: 'metadata.name!=x' }
  const { server, informer, untilWatch } = await informed(t, selected)
  server.put('a')
  informer.start()
  await untilWatch()
  t.strictSame(Object.fromEntries(watchesOf(server)[0]?.searchParams ?? []), {
    ...selected,
    watch: 'true',
    resourceVersion: '101',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '360',
  })
})

t.test('what is added, changed and removed is told, trimmed', async t => {
  const { server, told } = await watching(t)
  server.put('b', { spec: 1, status: 1 })
  server.put('b', { spec: 2, status: 2 })
  server.remove('a')
  await told.until('removed: a')
  t.strictSame(told.lines, ['all: a', 'changed: b', 'changed: b', 'removed: a'])
  t.strictSame(told.objects.get('b'), {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'b', resourceVersion: '103' },
    spec: 2,
  })
})

t.test('an event of a type yet to be invented means nothing, its version neither', async t => {
  const { server, told, clock, untilWatch } = await watching(t)
  await clock.advance(5000)
  server.send('{"type":"RENAMED","object":{"metadata":{"name":"x","resourceVersion":"999"}}}\n')
  server.send('{"type":"BOOKMARK","object":{"kind":"Thing"}}\n')
  server.endWatches()
  await untilWatch(2)
  t.strictSame(told.lines, ['all: a'])
  t.strictSame(versionsWatched(server), ['101', '101'])
})

t.test('a connection on which nothing comes is given up, quietly', async t => {
  const { server, told, clock, waits, informer, untilWatch } = await watching(t)
  const synced = informer.lastHeard
  await clock.advance(SILENCE_MS - 1)
  t.equal(watchesOf(server).length, 1)
  // As behind a connection whose other end is gone: nobody answers the next request either.
  server.answerNext(() => {})
  await clock.advance(1)
  await until('asked again', () => watchesOf(server).length === 2)
  t.equal(informer.lastHeard, synced, 'silence is no sign of life')
  server.resetConnections()
  await told.until('failed')
  await clock.advance(waits.at(-1) ?? 0)
  await untilWatch(3)
  server.put('b')
  await told.until('changed: b')
  t.equal(informer.lastHeard, clock.now())
  t.equal(listsOf(server).length, 1)
  t.equal(told.failures.length, 1, 'only that of the request that failed')
})

t.test('a server without bookmarks is watched anew, and that it answers is heard', async t => {
  const { server, told, clock, informer, untilWatch } = await watching(t)
  for (let count = 2; count <= 4; count++) {
    await clock.advance(SILENCE_MS)
    await untilWatch(count)
    await until('heard', () => informer.lastHeard === clock.now())
  }
  t.strictSame(told.lines, ['all: a'])
  t.strictSame(versionsWatched(server), ['101', '101', '101', '101'])
})

t.test('a bookmark is a sign of life', async t => {
  const { server, clock, informer } = await watching(t)
  for (let count = 0; count < 3; count++) {
    await clock.advance(SILENCE_MS - 1000)
    server.bookmark()
    await until('heard', () => informer.lastHeard === clock.now())
  }
  t.equal(watchesOf(server).length, 1)
  await clock.advance(SILENCE_MS)
  await until('watch 2', () => watchesOf(server).length === 2)
  t.strictSame(versionsWatched(server), ['101', '131'])
})

t.test('a line that breaks off is not told; the next watch tells it whole', async t => {
  const { server, told, passWait, untilWatch } = await watching(t)
  server.put('b')
  server.send('{"type":"ADDED","object":{"metadata":{"name":"c"')
  await told.until('changed: b')
  server.resetConnections()
  await told.until('failed')
  server.put('c')
  await passWait()
  await untilWatch(2)
  await told.until('changed: c')
  t.match(told.lines[2], /ECONNRESET|aborted/)
  t.strictSame(told.lines.toSpliced(2, 1), ['all: a', 'changed: b', 'changed: c'])
  t.strictSame(versionsWatched(server), ['101', '102'])
  t.equal(listsOf(server).length, 1)
})

for (const line of ['x', 'null', '{}', '{"type":"ADDED"}', '{"type":"ADDED","object":[]}'])
  t.test(`a watch is broken by a line ${line}`, async t => {
    const { server, told, passWait, untilWatch } = await watching(t)
    server.send(`${line}\n`)
    await told.until('failed')
    await until('closed', () => server.watches === 0)
    await passWait()
    await untilWatch(2)
    server.put('b')
    await told.until('changed: b')
    t.equal(listsOf(server).length, 1)
  })
