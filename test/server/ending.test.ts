import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { BODY_LIMIT } from '../../src/server/admission.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { type Dialled, dial, headOf, postOf } from '../harness/dialled.ts'
import { startWebhook } from '../harness/webhook.ts'

type Settings = NonNullable<NonNullable<Parameters<typeof startWebhook>[1]>['settings']>
type Tap = { readonly teardown: (end: () => unknown) => void }

const started = async (t: Tap, settings: Settings = {}) => {
  const webhook = await startWebhook(facts(mesh('a.b')), { settings })
  t.teardown(() => webhook.app.cut())
  return webhook
}

const MIB = 'x'.repeat(1024 * 1024)

/** As Go's client does: reads nothing before it has written all. */
const writeAll = async (
  { socket, write, closed }: Dialled,
  part: string,
  times: number,
): Promise<void> => {
  socket.pause()
  for (let time = 0; time < times; time++) {
    if (socket.destroyed) return
    write(part)
    if (socket.writableNeedDrain) await Promise.race([once(socket, 'drain'), closed])
  }
  socket.resume()
}

const forms: readonly [string, string, string][] = [
  ['that says its length', `Content-Length: ${20 * MIB.length}`, MIB],
  ['in chunks', 'Transfer-Encoding: chunked', `${MIB.length.toString(16)}\r\n${MIB}\r\n`],
]
for (const [title, fields, part] of forms)
  for (const connection of ['', '\r\nConnection: close'])
    t.test(
      `the sender of a body ${title} gets to read why it is refused${connection && ', even the last time'}`,
      async t => {
        const webhook = await started(t)
        const client = await dial(webhook.port, webhook.ca)
        client.write(headOf(fields + connection))
        await writeAll(client, part, 20)
        const { status, body } = await client.answer()
        t.equal(status, 413)
        t.match(JSON.parse(body), { kind: 'Status', reason: 'RequestEntityTooLarge', code: 413 })
        t.match(webhook.records, [{ outcome: 'invalid', reason: 'GLOO_ISTIO_ERR_TOO_LARGE' }])
      },
    )

t.test('after a body that was too large, the connection goes on', async t => {
  const webhook = await started(t)
  const client = await dial(webhook.port, webhook.ca)
  client.write(headOf(`Content-Length: ${BODY_LIMIT + 1}`))
  await writeAll(client, 'x'.repeat(BODY_LIMIT + 1), 1)
  t.equal((await client.answer()).status, 413)
  client.write(postOf(JSON.stringify(reviewOf(upstream()))))
  t.equal((await client.answer()).status, 200)
})

t.test('a body without end is read no longer than a request may take', async t => {
  const webhook = await started(t, { requestTime: 1500, headTime: 1000, checkInterval: 50 })
  const client = await dial(webhook.port, webhook.ca)
  client.write(headOf('Transfer-Encoding: chunked'))
  const begin = performance.now()
  while (!client.isClosed() && performance.now() - begin < 5000) {
    client.write(`${MIB.length.toString(16)}\r\n${MIB}\r\n`)
    await sleep(20)
  }
  t.equal(client.isClosed(), true)
  t.equal((await client.answer()).status, 413)
})

t.test('a connection of some age ends with its next answer, and nothing is cut', async t => {
  const webhook = await started(t, { connectionAge: 1000 })
  const client = await dial(webhook.port, webhook.ca)
  const body = JSON.stringify(reviewOf(upstream()))
  client.write(postOf(body))
  t.match(await client.answer(), { status: 200, headers: { connection: 'keep-alive' } })
  await sleep(1200)
  t.equal(client.isClosed(), false, 'not before it is used again')
  client.write(postOf(body))
  t.match(await client.answer(), { status: 200, headers: { connection: 'close' } })
  await client.closed
})

t.test('a connection ends with no answer that overtakes its body', async t => {
  const webhook = await started(t, { connectionAge: 1 })
  const client = await dial(webhook.port, webhook.ca)
  await sleep(10)
  client.write(headOf(`Content-Length: ${20 * MIB.length}`))
  await writeAll(client, MIB, 20)
  t.equal((await client.answer()).status, 413)
  client.write(postOf('{}'))
  t.match(await client.answer(), { status: 400, headers: { connection: 'close' } })
})
