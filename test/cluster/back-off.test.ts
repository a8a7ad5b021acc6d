import { t } from 'tap'
import { BackOff } from '../../src/cluster/back-off.ts'

t.test('the wait doubles with each failure, up to half a minute', async t => {
  const backOff = new BackOff(() => 1)
  const waits = Array.from({ length: 8 }, () => backOff.fail())
  t.strictSame(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  t.equal(backOff.failures, 8)
  backOff.forget()
  t.equal(backOff.failures, 0)
  t.equal(backOff.fail(), 1000)
})

t.test('chance takes from none to all of it', async t => {
  t.equal(new BackOff(() => 0).fail(), 0)
  t.equal(new BackOff(() => 0.25).fail(), 250)
})

t.test('what the API server asks for is the least', async t => {
  const backOff = new BackOff(() => 1)
  t.equal(backOff.fail(7), 7000)
  t.equal(backOff.fail(1), 2000)
  t.equal(backOff.fail(-1), 4000)
  for (let failures = backOff.failures; failures < 2000; failures++) backOff.fail()
  t.equal(backOff.fail(120), 120_000, 'after however many')
})
