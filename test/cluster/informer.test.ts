import { t } from 'tap'
import {
  informed,
  listsOf,
  SILENCE_MS,
  until,
  versionsWatched,
  watching,
} from '../harness/informed.ts'
import { type Answer, failure } from '../stand-ins/api-endpoint.ts'

const expired = failure(410, { reason: 'Expired', message: 'version is too old' })

t.test('a watch that ends goes on at once from the last event or bookmark', async t => {
  const { server, told, clock, waits, sleepers, untilWatch } = await watching(t)
  await clock.advance(5000)
  server.put('b')
  await told.until('changed: b')
  server.endWatches()
  await untilWatch(2)
  await clock.advance(5000)
  server.bookmark()
  server.endWatches()
  await untilWatch(3)
  t.strictSame(versionsWatched(server), ['101', '102', '112'])
  t.strictSame(waits, [])
  t.equal(sleepers(), 1, 'the watchdog of the last watch')
  t.equal(listsOf(server).length, 1)
  t.strictSame(told.lines, ['all: a', 'changed: b'])
})

t.test('a watch that ends soon goes on a second after it began', async t => {
  const { server, clock, waits, passWait, untilWatch } = await watching(t)
  await clock.advance(300)
  server.bookmark()
  server.endWatches()
  await passWait()
  await untilWatch(2)
  t.strictSame(waits, [700])
})

const storms: readonly [string, Answer, RegExp][] = [
  ['ends each watch at once', response => response.end(), /ended the watch at once/],
  ['breaks each watch', response => response.socket?.destroy(), /hang up/],
  ['has forgotten each version', expired, /version is too old/],
  ['refuses each watch', failure(403, { message: 'forbidden' }), /forbidden/],
]
for (const [title, answer, message] of storms)
  t.test(`a server that ${title} is asked less and less often`, async t => {
    const { server, told, waits, informer, passWait } = await informed(t)
    server.watchAnswer = answer
    informer.start()
    for (let count = 0; count < 8; count++) await passWait()
    await until('failures', () => told.failures.length >= 7)
    t.strictSame(waits.slice(1, 8), [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
    t.match(told.failures[0], message)
  })

t.test('a version that is forgotten asks for a list, which shows what was missed', async t => {
  for (const forget of ['event', 'answer'] as const) {
    const { server, told, clock, waits, passWait, untilWatch } = await watching(t)
    await clock.advance(20_000)
    server.put('b')
    await told.until('changed: b')
    server.resetConnections()
    await told.until('failed')
    server.remove('a')
    server.put('c')
    if (forget === 'event') server.compact()
    else server.answerNext(expired)
    await passWait()
    await passWait()
    await untilWatch(3)
    t.strictSame(told.names, ['b', 'c'])
    t.equal(told.lines.at(-1), 'all: b c')
    t.equal(listsOf(server).length, 2)
    t.strictSame(waits.length, 2)
  }
})

t.test('a version that is forgotten after a watch that lasted is no failure', async t => {
  const { server, told, clock, waits, passWait, untilWatch } = await watching(t)
  await clock.advance(20_000)
  server.answerNext(expired)
  server.endWatches()
  await passWait()
  await untilWatch(3)
  t.strictSame(told.lines, ['all: a', 'all: a'])
  t.strictSame(waits, [1000])
})

t.test('a failure after a watch that lasted is a first one again', async t => {
  const { server, clock, waits, passWait, untilWatch } = await watching(t)
  server.resetConnections()
  await passWait()
  await untilWatch(2)
  await clock.advance(9999)
  server.resetConnections()
  await passWait()
  await untilWatch(3)
  await clock.advance(10_000)
  server.resetConnections()
  await passWait()
  await untilWatch(4)
  t.strictSame(waits, [500, 1000, 500])
})

t.test('a watch that lasted in silence does not make the failure after it a first one', async t => {
  const { server, clock, waits, passWait, untilWatch } = await watching(t)
  server.resetConnections()
  await passWait()
  await untilWatch(2)
  await clock.advance(SILENCE_MS)
  await untilWatch(3)
  server.resetConnections()
  await passWait()
  t.strictSame(waits, [500, 1000])
})

const busy: readonly [string, Answer, number][] = [
  ['429', failure(429, {}, { 'retry-after': '7' }), 7000],
  ['503', failure(503, {}, { 'retry-after': '40' }), 40_000],
  ['503 with less than we would wait', failure(503, {}, { 'retry-after': '0' }), 500],
]
for (const [title, answer, wait] of busy)
  t.test(`${title} is asked again when it wants to be`, async t => {
    const { server, told, waits, informer, passWait, untilWatch } = await informed(t)
    server.answerNext(answer)
    informer.start()
    await passWait()
    await untilWatch()
    t.strictSame(waits, [wait])
    t.match(told.lines, [new RegExp(`again in ${wait / 1000}$`), 'all: '])
    server.answerNext(answer)
    server.endWatches()
    await passWait()
    await passWait()
    await untilWatch(3)
    t.strictSame(waits, [wait, 1000, Math.max(2000, wait)])
    t.equal(listsOf(server).length, 2, 'the one that was refused, and one more')
  })

t.test('a watch that fails again and again gives way to a list', async t => {
  const { server, told, passWait, untilWatch } = await watching(t)
  server.watchAnswer = failure(500)
  server.resetConnections()
  for (let count = 0; count < 5; count++) await passWait()
  await until('failures', () => told.failures.length === 6)
  t.equal(listsOf(server).length, 1)
  server.watchAnswer = undefined
  server.remove('a')
  await passWait()
  await untilWatch(7)
  t.equal(listsOf(server).length, 2)
  t.equal(told.lines.at(-1), 'all: ')
})

t.test('a server that denies for a moment what it has is not believed', async t => {
  const { server, told, clock, passWait, untilWatch } = await watching(t)
  await clock.advance(20_000)
  const [path = ''] = server.paths
  server.paths.clear()
  server.endWatches()
  for (let count = 0; count < 3; count++) await passWait()
  server.paths.add(path)
  await passWait()
  await untilWatch(3)
  t.strictSame(
    told.lines.filter(line => !line.startsWith('failed')),
    ['all: a', 'all: a'],
  )
})

t.test('a resource that stays away is gone, until it is installed again', async t => {
  const { server, told, waits, clock, passWait, untilWatch } = await watching(t)
  await clock.advance(20_000)
  const [path = ''] = server.paths
  server.paths.clear()
  server.endWatches()
  for (let count = 0; count < 5; count++) await passWait()
  await until('all is gone', () => waits.length === 6)
  t.equal(told.lines.at(-1), 'all: ')
  t.strictSame(waits, [1000, 1000, 2000, 4000, 8000, 60_000])
  t.equal(told.failures.length, 4)
  server.paths.add(path)
  await passWait()
  await untilWatch(3)
  t.equal(told.lines.at(-1), 'all: a')
  server.resetConnections()
  await passWait()
  t.equal(waits.at(-1), 500, 'a first failure')
})

t.test('what the callbacks throw is a failure, and is told again', async t => {
  const { server, told, passWait, untilWatch } = await watching(t)
  told.onLine = line => {
    if (line.startsWith('changed') && told.failures.length === 0) throw new TypeError('not now')
  }
  server.put('b')
  await told.until('failed: TypeError: not now')
  await passWait()
  await untilWatch(2)
  await told.until('changed: b', 3)
})

t.test('it starts once', async t => {
  const { server, informer, untilWatch } = await informed(t)
  informer.start()
  informer.start()
  await untilWatch()
  t.equal(server.asked.length, 2)
})

/** Each brings the informer to where it is then closed, or closes it itself. */
type Phase = (made: Awaited<ReturnType<typeof informed>>) => Promise<unknown>
const phases: readonly [string, number, Phase][] = [
  [
    'while it lists',
    0,
    async ({ server }) => {
      server.answerNext(() => {})
      await until('asked', () => server.asked.length === 1)
    },
  ],
  [
    'between two pages',
    0,
    ({ server, informer }) =>
      new Promise<void>(resolve => {
        for (let count = 0; count < 501; count++) server.put(`${count}`)
        server.answerNext(response => {
          server.answer(response)
          informer.close()
          resolve()
        })
      }),
  ],
  [
    'in the moment in which a list has come',
    0,
    ({ api, informer }) =>
      new Promise<void>(resolve => {
        const request = api.request.bind(api)
        api.request = async asked => {
          const page = await request(asked)
          queueMicrotask(() => {
            informer.close()
            resolve()
          })
          return page
        }
      }),
  ],
  [
    'before a watch is answered',
    1,
    async ({ server }) => {
      server.watchAnswer = () => {}
      await until('asked', () => server.asked.length === 2)
    },
  ],
  ['while it watches', 1, ({ untilWatch }) => untilWatch()],
  [
    'while it backs off',
    1,
    async ({ server, told }) => {
      server.answerNext(failure(500))
      await told.until('failed')
    },
  ],
  [
    'while the resource is not installed',
    1,
    async ({ server, told }) => {
      server.paths.clear()
      await told.until('all: ')
    },
  ],
  [
    'by whom it tells of all',
    1,
    async ({ told, informer }) => {
      told.onLine = () => informer.close()
      await told.until('all')
    },
  ],
  [
    'by whom it tells of a change, while more have come',
    2,
    async ({ server, told, informer, untilWatch }) => {
      await untilWatch()
      told.onLine = () => informer.close()
      const event = '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'
      server.send(event + event)
      await told.until('changed: x')
    },
  ],
  [
    'by whom it tells of a failure',
    1,
    async ({ server, told, informer }) => {
      told.onLine = () => informer.close()
      server.answerNext(failure(500))
      await told.until('failed')
    },
  ],
]
for (const [title, lines, reach] of phases)
  t.test(`closed ${title}, it is over at once: nothing is told, nothing asked`, async t => {
    const made = await informed(t)
    const { server, told, informer, clock, sleepers } = made
    server.put('a')
    const reached = reach(made)
    informer.start()
    await reached
    informer.close()
    await until('no request is under way', () => server.open === 0)
    const asked = server.asked.length
    server.put('b')
    informer.start()
    for (let count = 0; count < 4; count++) await clock.advance(100_000)
    t.equal(told.lines.length, lines)
    t.equal(server.asked.length, asked)
    t.equal(sleepers(), 0)
  })
