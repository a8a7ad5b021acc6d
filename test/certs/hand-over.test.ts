import { t } from 'tap'
import { generatedSource } from '../../src/certs/generated-source.ts'
import { HandOver } from '../../src/certs/hand-over.ts'

const DAY = 86_400_000
const NOW = Date.now()
const make = async () => (await generatedSource(['localhost'], new Date(NOW))).current()
const [one, two, three] = [await make(), await make(), await make()]

const handOver = (published: readonly string[] | undefined) => {
  const state = { published, now: NOW }
  const served: string[] = []
  const it = new HandOver({
    published: () => state.published,
    now: () => state.now,
    onServe: ({ certPem }) => served.push(certPem),
  })
  return { it, state, served }
}

t.test('where nobody publishes each certificate is served at once', async t => {
  const { it, served } = handOver(undefined)
  it.offer(one)
  it.offer(two)
  t.strictSame(served, [one.certPem, two.certPem])
  t.strictSame(it.serving, two)
})

t.test('the first is served, trusted or not', async t => {
  const { it, served } = handOver([])
  t.equal(it.serving, undefined)
  it.offer(one)
  t.strictSame(served, [one.certPem])
})

t.test('the next waits until it is trusted; a newer one takes its place', async t => {
  const { it, state, served } = handOver([one.caPem])
  it.offer(one)
  it.offer(two)
  it.offer(three)
  it.check()
  t.strictSame(served, [one.certPem])
  state.published = [one.caPem, two.caPem, three.caPem]
  it.check()
  it.check()
  t.strictSame(served, [one.certPem, three.certPem])
})

t.test('it does not wait when the one before is trusted no more', async t => {
  const { it, state, served } = handOver([one.caPem])
  it.offer(one)
  state.published = []
  it.offer(two)
  t.strictSame(served, [one.certPem, two.certPem])
})

t.test('nor when the one before is over', async t => {
  const { it, state, served } = handOver([one.caPem])
  it.offer(one)
  state.now = NOW + 3651 * DAY
  it.offer(two)
  t.strictSame(served, [one.certPem, two.certPem])
})
