import { t } from 'tap'
import { BODY_LIMIT } from '../../src/server/admission.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { dial, GET_LIVEZ, GET_READYZ, headOf, postOf } from '../harness/dialled.ts'
import { until } from '../harness/informed.ts'
import { startWebhook } from '../harness/webhook.ts'

const BODY = JSON.stringify(reviewOf(upstream()))
type Settings = NonNullable<NonNullable<Parameters<typeof startWebhook>[1]>['settings']>

const started = async (t: Tap, settings: Settings) => {
  const shed: string[] = []
  const webhook = await startWebhook(facts(mesh('a.b')), {
    settings,
    shed: reason => shed.push(reason),
  })
  t.teardown(() => webhook.app.cut())
  return { webhook, shed, dialled: () => dial(webhook.port, webhook.ca) }
}
type Tap = { readonly teardown: (end: () => unknown) => void }

t.test('one review too many is told to come again, and the probes are not', async t => {
  const { webhook, shed, dialled } = await started(t, { maxInFlight: 1 })
  const slow = await dialled()
  slow.write(headOf(`Content-Length: ${BODY.length}`))
  await until('the review is under way', () => webhook.app.inFlight() === 1)
  const { write, answer } = await dialled()
  write(postOf(BODY))
  const { status, headers, body } = await answer()
  t.match({ status, headers }, { status: 429, headers: { 'retry-after': '1' } })
  t.match(JSON.parse(body), {
    kind: 'Status',
    code: 429,
    reason: 'TooManyRequests',
    message: /too much is under way \(1 reviews\).*--max-in-flight/,
  })
  for (const probe of [GET_LIVEZ, GET_READYZ]) {
    write(probe)
    t.equal((await answer()).status, 200)
  }
  slow.write(BODY)
  t.equal((await slow.answer()).status, 200)
  write(postOf(BODY))
  t.equal((await answer()).status, 200, 'on the same connection')
  t.strictSame(shed, ['requests'])
  t.strictSame(
    webhook.records.map(({ outcome }) => outcome),
    ['shed', 'mutated', 'mutated'],
  )
  t.equal(webhook.app.inFlight(), 0)
})

t.test('a body that is slow in coming gives way to one that finds no room', async t => {
  const { webhook, shed, dialled } = await started(t, { maxInFlight: 1, slowAfter: 1 })
  const slow = await dialled()
  slow.write(headOf(`Content-Length: ${BODY.length}`))
  await until('the review is under way', () => webhook.app.inFlight() === 1)
  await new Promise(resolve => setTimeout(resolve, 10))
  const { write, answer } = await dialled()
  write(postOf(BODY))
  t.equal((await answer()).status, 200)
  await until('both are counted', () => webhook.records.length === 2)
  t.strictSame(webhook.records.map(({ outcome }) => outcome).toSorted(), ['invalid', 'mutated'])
  t.strictSame(shed, [])
  t.equal(webhook.app.inFlight(), 0)
})

t.test('it is told so before it has sent its body', async t => {
  const { dialled } = await started(t, { maxInFlight: 0 })
  const { write, answer } = await dialled()
  write(headOf(`Content-Length: ${BODY.length}`))
  t.equal((await answer()).status, 429)
})

t.test(
  'bodies are counted by the length they say, and as the largest when they say none',
  async t => {
    const { webhook, shed, dialled } = await started(t, { maxInFlightBytes: BODY_LIMIT + 10 })
    const slow = await dialled()
    slow.write(headOf('Transfer-Encoding: chunked'))
    await until('the review is under way', () => webhook.app.inFlight() === 1)
    const [small, large] = [await dialled(), await dialled()]
    small.write(headOf('Content-Length: 10'))
    await until('two reviews are under way', () => webhook.app.inFlight() === 2)
    large.write(headOf('Content-Length: 1'))
    const { status, body } = await large.answer()
    t.equal(status, 429)
    t.match(JSON.parse(body).message, `bodies of ${BODY_LIMIT + 10} bytes`)
    t.strictSame(shed, ['bytes'])
  },
)

t.test('a body above the limit is told that, not to come again', async t => {
  const { dialled } = await started(t, {})
  const { write, answer } = await dialled()
  write(headOf(`Content-Length: ${100 * BODY_LIMIT}`))
  t.equal((await answer()).status, 413)
})
