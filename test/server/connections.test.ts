import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { t } from 'tap'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { type Dialled, dial, GET_LIVEZ, postOf } from '../harness/dialled.ts'
import { until } from '../harness/informed.ts'
import { startWebhook } from '../harness/webhook.ts'

type Settings = NonNullable<NonNullable<Parameters<typeof startWebhook>[1]>['settings']>
type Tap = { readonly teardown: (end: () => unknown) => void }

const BODY = JSON.stringify(reviewOf(upstream()))

const started = async (t: Tap, settings: Settings) => {
  const shed: string[] = []
  const webhook = await startWebhook(facts(mesh('a.b')), {
    settings,
    shed: reason => shed.push(reason),
  })
  t.teardown(() => webhook.app.cut())
  const secured = new Set<number | undefined>()
  webhook.app.server.on('secureConnection', ({ remotePort }) => secured.add(remotePort))
  /** Our side is through the handshake a little sooner than the server. */
  const dialled = async () => {
    const client = await dial(webhook.port, webhook.ca)
    await until(
      'the server is through the handshake',
      () => client.isClosed() || secured.has(client.socket.localPort),
    )
    return client
  }
  return { webhook, shed, dialled }
}

const used = async (dialled: () => Promise<Dialled>): Promise<Dialled> => {
  const client = await dialled()
  client.write(postOf(BODY))
  await client.answer()
  return client
}

/** A connection that does not even begin with TLS. */
const bare = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  return socket
}

t.test('when there is no room, the oldest that was never used goes', async t => {
  const { webhook, shed, dialled } = await started(t, { maxConnections: 3 })
  const worker = await used(dialled)
  const [older, newer] = [await dialled(), await dialled()]
  await until('there are three connections', () => webhook.app.connections() === 3)
  const late = await used(dialled)
  await older.closed
  t.equal(webhook.app.connections(), 3)
  for (const client of [worker, newer, late]) {
    client.write(postOf(BODY))
    t.equal((await client.answer()).status, 200)
  }
  t.strictSame(shed, ['connections'])
})

t.test('a probe makes no connection a used one', async t => {
  const { dialled } = await started(t, { maxConnections: 1 })
  const prober = await dialled()
  prober.write(GET_LIVEZ)
  await prober.answer()
  await dialled()
  await prober.closed
})

t.test('when all are used, the new one is refused', async t => {
  const { webhook, shed, dialled } = await started(t, { maxConnections: 2 })
  const workers = [await used(dialled), await used(dialled)]
  await t.rejects(dialled())
  for (const { write, answer } of workers) {
    write(postOf(BODY))
    t.equal((await answer()).status, 200)
  }
  t.strictSame(shed, ['connections'])
  workers[0]?.socket.destroy()
  await until('one connection is left', () => webhook.app.connections() === 1)
  await used(dialled)
})

t.test('one that is in its handshake stays while others have idled longer', async t => {
  const { webhook, dialled } = await started(t, { maxConnections: 3 })
  const [oldest, older] = [await dialled(), await dialled()]
  const dialling = await bare(webhook.port)
  await until('there are three connections', () => webhook.app.connections() === 3)
  const late = [await bare(webhook.port), await bare(webhook.port)]
  await Promise.all([oldest.closed, older.closed])
  const begun = await dial(webhook.port, webhook.ca, { socket: dialling })
  begun.write(postOf(BODY))
  t.equal((await begun.answer()).status, 200)
  for (const socket of late) socket.destroy()
})

t.test('one that is through its handshake is as young as a new one', async t => {
  const { webhook, dialled } = await started(t, { maxConnections: 2 })
  const [first, silent] = [await bare(webhook.port), await bare(webhook.port)]
  await until('there are two connections', () => webhook.app.connections() === 2)
  const begun = await dial(webhook.port, webhook.ca, { socket: first })
  begun.write(GET_LIVEZ)
  await begun.answer()
  await dialled()
  await until('the silent one is closed', () => silent.resume().closed)
  t.notOk(begun.isClosed())
})

t.test('a handshake that does not end is ended', async t => {
  const { webhook } = await started(t, { handshakeTime: 200 })
  const silent = await bare(webhook.port)
  silent.resume()
  await once(silent, 'close')
  await until('no connection is left', () => webhook.app.connections() === 0)
})

t.test('thousands of idle connections keep nobody from a review, and memory in bounds', async t => {
  const { webhook, dialled } = await started(t, { maxConnections: 64 })
  const before = await used(dialled)
  const all: Socket[] = []
  t.teardown(() => {
    for (const socket of all) socket.destroy()
  })
  for (let batch = 0; batch < 30; batch++) {
    for (let one = 0; one < 100; one++)
      all.push(connect(webhook.port, '127.0.0.1').on('error', () => {}))
    if (batch % 10 === 5) await used(dialled)
    else await new Promise(setImmediate)
    t.ok(webhook.app.connections() <= 64, `${webhook.app.connections()} connections`)
  }
  before.write(postOf(BODY))
  t.equal((await before.answer()).status, 200)
})

t.test('with no age, a connection goes on', async t => {
  const { dialled } = await started(t, { connectionAge: 0 })
  const { write, answer } = await dialled()
  for (let time = 0; time < 3; time++) {
    write(postOf(BODY))
    t.match(await answer(), { status: 200, headers: { connection: 'keep-alive' } })
  }
})

t.test('connections that begin together do not end together', async t => {
  const { dialled } = await started(t, { connectionAge: 1000 })
  const clients = await Promise.all(Array.from({ length: 20 }, dialled))
  const begin = performance.now()
  const ends = await Promise.all(
    clients.map(async ({ write, answer, isClosed }) => {
      const again = async (): Promise<number> => {
        write(GET_LIVEZ)
        const { headers } = await answer()
        if (headers['connection'] === 'close' || isClosed()) return performance.now() - begin
        return again()
      }
      return again()
    }),
  )
  t.ok(Math.max(...ends) - Math.min(...ends) > 60, ends.join(' '))
  t.ok(Math.min(...ends) > 500 && Math.max(...ends) < 3000, ends.join(' '))
})
