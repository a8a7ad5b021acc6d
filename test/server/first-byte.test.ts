import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { dial, GET_LIVEZ, headOf, postOf } from '../harness/dialled.ts'
import { startWebhook } from '../harness/webhook.ts'

type Settings = NonNullable<NonNullable<Parameters<typeof startWebhook>[1]>['settings']>
type Tap = { readonly teardown: (end: () => unknown) => void }

const BODY = JSON.stringify(reviewOf(upstream()))
const QUICK = { headTime: 200, requestTime: 400, checkInterval: 20 }

const started = async (t: Tap, settings: Settings = {}) => {
  const webhook = await startWebhook(facts(mesh('a.b')), { settings: { ...QUICK, ...settings } })
  t.teardown(() => webhook.app.cut())
  return { webhook, dialled: () => dial(webhook.port, webhook.ca) }
}

const elapsed = async (wait: Promise<unknown>): Promise<number> => {
  const begin = performance.now()
  await wait
  return performance.now() - begin
}

t.test('a connection that has sent nothing yet has longer than a head, and is as good', async t => {
  const { dialled } = await started(t)
  const { write, answer } = await dialled()
  await sleep(600)
  write(postOf(BODY))
  t.equal((await answer()).status, 200)
})

t.test('but it does not stay for ever', async t => {
  const { dialled } = await started(t, { unusedTime: 300 })
  const { closed } = await dialled()
  const milliseconds = await elapsed(closed)
  t.ok(milliseconds > 200 && milliseconds < 10_000, `${milliseconds} ms`)
})

t.test('a request that comes in pieces, from its first byte, arrives whole', async t => {
  const { dialled } = await started(t)
  const { write, answer } = await dialled()
  for (const piece of postOf(BODY).match(/[\s\S]{1,50}/g) ?? []) {
    write(piece)
    await sleep(1)
  }
  t.equal((await answer()).status, 200)
})

t.test('several requests at once are all answered', async t => {
  const { dialled } = await started(t)
  const { write, answer } = await dialled()
  write(postOf(BODY) + GET_LIVEZ + postOf(BODY))
  for (const status of [200, 200, 200]) t.equal((await answer()).status, status)
})

t.test('a head that does not end is ended', async t => {
  const { dialled } = await started(t)
  const { write, closed, isClosed } = await dialled()
  write('POST /mutate HTTP/1.1\r\n')
  const drip = setInterval(() => isClosed() || write('X-A: b\r\n'), 20)
  t.teardown(() => clearInterval(drip))
  const milliseconds = await elapsed(closed)
  t.ok(milliseconds > 150 && milliseconds < 10_000, `${milliseconds} ms`)
})

t.test('so is the head of a later request', async t => {
  const { dialled } = await started(t)
  const { write, answer, closed } = await dialled()
  write(GET_LIVEZ)
  await answer()
  await sleep(300)
  write('POST /mutate HTTP/1.1\r\n')
  const milliseconds = await elapsed(closed)
  t.ok(milliseconds > 150 && milliseconds < 10_000, `${milliseconds} ms`)
})

t.test('a body that does not end is ended, and its place is free again', async t => {
  const { webhook, dialled } = await started(t)
  const { write, closed, isClosed } = await dialled()
  write(headOf('Content-Length: 9999'))
  const drip = setInterval(() => isClosed() || write('x'), 20)
  t.teardown(() => clearInterval(drip))
  const milliseconds = await elapsed(closed)
  t.ok(milliseconds > 300 && milliseconds < 10_000, `${milliseconds} ms`)
  t.equal(webhook.app.inFlight(), 0)
  t.match(webhook.records, [{ outcome: 'invalid', reason: 'GLOO_ISTIO_ERR_NOT_JSON' }])
})

t.test('between two requests a connection has its keep-alive time', async t => {
  const { dialled } = await started(t)
  const { write, answer } = await dialled()
  for (let time = 0; time < 2; time++) {
    write(GET_LIVEZ)
    t.equal((await answer()).status, 200)
    await sleep(600)
  }
})

t.test('who hangs up without a word is forgotten', async t => {
  const { webhook, dialled } = await started(t)
  const { socket, closed } = await dialled()
  socket.end()
  await closed
  await sleep(20)
  t.equal(webhook.app.connections(), 0)
})

t.test('an end does not wait for those who have sent nothing', async t => {
  const { webhook, dialled } = await started(t)
  const { closed } = await dialled()
  await webhook.close()
  await closed
})
