import { t } from 'tap'
import { WorkQueue } from '../../src/reconcile/queue.ts'

t.test('a key comes out when its time has come, once', async t => {
  const queue = new WorkQueue()
  queue.add('a', 10)
  t.strictSame(queue.takeDue(9), [])
  t.strictSame(queue.takeDue(10), ['a'])
  t.strictSame(queue.takeDue(10), [])
})

t.test('a key that is there already keeps the earlier of its times', async t => {
  for (const [first, second] of [
    [10, 20],
    [20, 10],
    [10, 10],
  ] as const) {
    const queue = new WorkQueue()
    queue.add('a', first)
    queue.add('a', second)
    t.equal(queue.size, 1)
    t.equal(queue.nextDue, 10)
    t.strictSame(queue.takeDue(10), ['a'])
    t.equal(queue.size, 0)
  }
})

t.test('keys that are due come out in the order in which they came in', async t => {
  const queue = new WorkQueue()
  queue.add('c', 3)
  queue.add('late', 50)
  queue.add('a', 2)
  queue.add('b', 1)
  t.strictSame(queue.takeDue(10), ['c', 'a', 'b'])
  t.equal(queue.nextDue, 50)
})

t.test('an empty queue has no next time', async t => {
  const queue = new WorkQueue()
  t.equal(queue.nextDue, undefined)
  queue.add('a', 5)
  queue.clear()
  t.equal(queue.nextDue, undefined)
  t.equal(queue.size, 0)
})

t.test('it wakes whoever waits when a key is in, or due earlier, and not otherwise', async t => {
  const queue = new WorkQueue()
  const seen: (number | undefined)[] = []
  queue.onAdd(() => seen.push(queue.nextDue))
  queue.add('a', 10)
  queue.add('a', 20)
  queue.add('a', 5)
  t.strictSame(seen, [10, 5])
  queue.onAdd(undefined)
  queue.add('b', 1)
  t.equal(seen.length, 2)
})

t.test('it holds more keys than a call takes arguments', async t => {
  const queue = new WorkQueue()
  for (let at = 200_000; at > 0; at--) queue.add(`k${at}`, at)
  t.equal(queue.nextDue, 1)
  t.equal(queue.takeDue(200_000).length, 200_000)
})
