import { t } from 'tap'
import { countInFlight } from '../../src/server/in-flight.ts'

const entered = (answer: ReturnType<ReturnType<typeof countInFlight>['enter']>) => {
  if (typeof answer === 'function') return answer
  throw new Error(`shed: ${answer.detail}`)
}

const counting = (maxInFlight: number, maxInFlightBytes: number) => {
  let time = 0
  const slowAfter = 1000
  const inFlight = countInFlight({ maxInFlight, maxInFlightBytes, slowAfter, now: () => time })
  const gone: string[] = []
  return {
    count: inFlight.count,
    gone,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
    enter: (bytes: number, name = '') => inFlight.enter(bytes, () => gone.push(name)),
  }
}

t.test('as many come in as there may be, and one more when one has left', async t => {
  const { enter, count } = counting(2, 100)
  const leave = entered(enter(1))
  entered(enter(1))
  t.equal(count(), 2)
  t.strictSame(enter(1), { reason: 'requests', detail: '2 reviews' })
  leave()
  t.equal(count(), 1)
  entered(enter(1))
})

t.test('their bodies are counted, too', async t => {
  const { enter, count } = counting(9, 100)
  const leave = entered(enter(60))
  entered(enter(40))
  t.strictSame(enter(1), { reason: 'bytes', detail: 'bodies of 100 bytes' })
  entered(enter(0))
  t.equal(count(), 3, 'who was turned away is not in')
  leave()
  entered(enter(60))
})

t.test('when there are too many, the oldest gives way once it is slow', async t => {
  const { enter, count, gone, pass } = counting(2, 100)
  const leave = entered(enter(1, 'first'))
  pass(500)
  entered(enter(1, 'second'))
  pass(499)
  t.match(enter(1, 'early'), { reason: 'requests' })
  t.strictSame(gone, [], 'nobody is slow yet')
  pass(1)
  entered(enter(1, 'third'))
  t.strictSame(gone, ['first'])
  t.match(enter(1, 'fourth'), { reason: 'requests' })
  leave()
  t.equal(count(), 2, 'who gave way does not leave again')
  pass(500)
  entered(enter(1, 'fifth'))
  t.strictSame(gone, ['first', 'second'])
})

t.test('as many give way as it takes for a body, and no more', async t => {
  const { enter, count, gone, pass } = counting(9, 100)
  for (const name of ['first', 'second', 'third']) entered(enter(30, name))
  pass(1000)
  entered(enter(10, 'small'))
  t.strictSame(gone, [], 'there is room')
  entered(enter(60, 'large'))
  t.strictSame(gone, ['first', 'second'])
  t.equal(count(), 3)
})
