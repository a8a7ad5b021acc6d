import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { latenessOf, readGoDuration } from '../../src/server/deadline.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { dial, headOf } from '../harness/dialled.ts'
import { startWebhook } from '../harness/webhook.ts'

const durations: readonly [string, number | undefined][] = [
  ['10s', 10_000],
  ['1m0s', 60_000],
  ['1m0.5s', 60_500],
  ['1h', 3_600_000],
  ['250ms', 250],
  ['5us', 0.005],
  ['5µs', 0.005],
  ['5μs', 0.005],
  ['1ns', 1e-6],
  ['.5s', 500],
  ['1.s', 1000],
  ['0s', 0],
  ['', undefined],
  ['10', undefined],
  ['0', undefined],
  ['s', undefined],
  ['-5s', undefined],
  ['5 s', undefined],
  ['10sx', undefined],
  ['10S', undefined],
  ['1e3s', undefined],
  ['..s', undefined],
]
for (const [text, milliseconds] of durations)
  t.test(`${JSON.stringify(text)} is ${milliseconds} ms`, async t =>
    t.equal(readGoDuration(text), milliseconds),
  )

t.test('a long text that is nearly a duration costs nothing', async t => {
  const begin = performance.now()
  t.equal(readGoDuration(`${'1'.repeat(50_000)}x`), undefined)
  t.equal(readGoDuration(`${'1s'.repeat(50_000)}x`), undefined)
  t.ok(performance.now() - begin < 1000)
})

t.test('a review is late when four fifths of its time are gone', async t => {
  t.equal(latenessOf('10s', 8000), undefined)
  t.match(latenessOf('10s', 8001), {
    code: 'GLOO_ISTIO_ERR_TIMEOUT',
    statusCode: 504,
    message: /^8001 ms of the 10000 ms /,
  })
})

t.test('what tells no time is never late', async t => {
  for (const timeout of [undefined, '', 'soon', '0s', ['1s', '1s'], 1])
    t.equal(latenessOf(timeout, 1e9), undefined)
})

t.test('a body that comes late is answered 504, and its review not begun', async t => {
  const webhook = await startWebhook(facts(mesh('a.b')), {
    reviewed: () => t.fail('there was work'),
  })
  t.teardown(() => webhook.app.cut())
  const { write, answer } = await dial(webhook.port, webhook.ca)
  const body = JSON.stringify(reviewOf(upstream()))
  write(headOf(`Content-Length: ${body.length}`, '/mutate?timeout=100ms') + body.slice(0, 9))
  await sleep(150)
  write(body.slice(9))
  const { status, body: said } = await answer()
  t.equal(status, 504)
  t.match(JSON.parse(said), {
    kind: 'Status',
    code: 504,
    reason: 'Timeout',
    message: /of the 100 ms/,
  })
  t.match(webhook.records, [{ outcome: 'failed', reason: 'GLOO_ISTIO_ERR_TIMEOUT' }])
  t.strictSame(webhook.causes, [])
})

for (const path of ['/mutate', '/mutate?timeout=soon', '/mutate?timeout=1ms&timeout=1ms'])
  t.test(`${path} has time`, async t => {
    const webhook = await startWebhook(facts(mesh('a.b')))
    t.teardown(() => webhook.app.cut())
    const { write, answer } = await dial(webhook.port, webhook.ca)
    const body = JSON.stringify(reviewOf(upstream()))
    write(headOf(`Content-Length: ${body.length}`, path))
    await sleep(20)
    write(body)
    t.equal((await answer()).status, 200)
  })
