import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { drainWith } from '../../src/server/drain.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { dial, GET_LIVEZ, GET_READYZ, headOf, postOf } from '../harness/dialled.ts'
import { until } from '../harness/informed.ts'
import { startWebhook } from '../harness/webhook.ts'

const BODY = JSON.stringify(reviewOf(upstream()))
type Tap = { readonly teardown: (end: () => unknown) => void }

const started = async (t: Tap) => {
  const webhook = await startWebhook(facts(mesh('a.b')))
  t.teardown(() => webhook.app.cut())
  return webhook
}

t.test(
  'while it drains it is not ready, answers, and ends each connection by its answer',
  async t => {
    const webhook = await started(t)
    const [probe, worker] = [
      await dial(webhook.port, webhook.ca),
      await dial(webhook.port, webhook.ca),
    ]
    const drained = webhook.app.drain(2000)
    probe.write(GET_READYZ)
    t.match(await probe.answer(), {
      status: 503,
      body: 'draining\n',
      headers: { connection: 'close' },
    })
    worker.write(postOf(BODY))
    t.match(await worker.answer(), { status: 200, headers: { connection: 'close' } })
    await Promise.all([probe.closed, worker.closed])
    const late = await dial(webhook.port, webhook.ca)
    late.write(GET_LIVEZ)
    t.equal((await late.answer()).status, 200, 'new connections are still taken')
    await drained
    await t.rejects(dial(webhook.port, webhook.ca), { code: 'ECONNREFUSED' })
  },
)

t.test('what is under way when the time is over is answered', async t => {
  const webhook = await started(t)
  const { write, answer } = await dial(webhook.port, webhook.ca)
  write(headOf(`Content-Length: ${BODY.length}`))
  await until('the review is under way', () => webhook.app.inFlight() === 1)
  const drained = webhook.app.drain(10)
  await sleep(200)
  write(BODY)
  t.equal((await answer()).status, 200)
  await drained
})

/** Sends one review after the other, as the API server does, until an answer ends the connection. */
const sendOn = async (port: number, ca: string): Promise<number> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  const headers = { 'content-type': 'application/json' }
  const send = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const sending = request(
        { agent, port, host: '127.0.0.1', method: 'POST', path: '/mutate', headers },
        response => {
          response.resume().on('end', () => {
            if (response.statusCode === 200) resolve(response.headers.connection)
            else reject(new Error(`answered ${response.statusCode}`))
          })
        },
      )
      sending.on('error', reject).end(BODY)
    })
  const go = async (count: number): Promise<number> =>
    (await send()) === 'close' ? count : go(count + 1)
  return go(1)
}

t.test('no review is lost of those who send without a pause', async t => {
  const webhook = await started(t)
  const senders = Array.from({ length: 8 }, () => sendOn(webhook.port, webhook.ca))
  await until('reviews come in', () => webhook.records.length > 40)
  const drained = webhook.app.drain(1000)
  const counts = await Promise.all(senders)
  await drained
  t.equal(
    webhook.records.filter(({ outcome }) => outcome === 'mutated').length,
    counts.reduce((sum, count) => sum + count, 0),
  )
})

t.test('a second end is the first', async t => {
  const webhook = await started(t)
  const begin = performance.now()
  await Promise.all([webhook.app.drain(100), webhook.app.drain(60_000)])
  t.ok(performance.now() - begin < 5000)
})

t.test('it can be ended at once, whatever is under way', async t => {
  const webhook = await started(t)
  const { write, closed } = await dial(webhook.port, webhook.ca)
  write(headOf(`Content-Length: ${BODY.length}`))
  await until('the review is under way', () => webhook.app.inFlight() === 1)
  const begin = performance.now()
  const drained = webhook.app.drain(60_000)
  await webhook.app.cut()
  await Promise.all([drained, closed])
  t.ok(performance.now() - begin < 4000)
})

t.test('so it can while it waits for the last answers', async t => {
  const webhook = await started(t)
  const { write, closed } = await dial(webhook.port, webhook.ca)
  write(headOf(`Content-Length: ${BODY.length}`))
  await until('the review is under way', () => webhook.app.inFlight() === 1)
  const begin = performance.now()
  const drained = webhook.app.drain(0)
  await sleep(50)
  await webhook.app.cut()
  await Promise.all([drained, closed])
  t.ok(performance.now() - begin < 4000)
})

t.test('the wait for the last answers has an end', async t => {
  const steps: string[] = []
  const cut = Promise.withResolvers<void>()
  const drain = drainWith({
    close: () => {
      steps.push('close')
      return cut.promise
    },
    cut: () => {
      steps.push('cut')
      cut.resolve()
    },
    lastAnswers: 50,
  })
  t.equal(drain.isOn(), false)
  const drained = drain.begin(20)
  t.equal(drain.isOn(), true)
  t.strictSame(steps, [])
  await drained
  t.strictSame(steps, ['close', 'cut'])
})
