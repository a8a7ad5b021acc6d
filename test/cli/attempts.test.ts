import { t } from 'tap'
import { tryUntilDone } from '../../src/cli/attempts.ts'

type Attempt = () => Promise<string | undefined>
const no = (trouble: string) => async () => trouble
const yes = async () => undefined
const fail = (error: unknown) => () => Promise.reject(error)

/** Makes these attempts, the last of them again and again; the time is over after so many waits. */
const tried = async (attempts: readonly Attempt[], waitsUntilOver: number) => {
  const over = new AbortController()
  const told: string[] = []
  const waits: number[] = []
  let next = 0
  const left = await tryUntilDone(
    () => (attempts[Math.min(next++, attempts.length - 1)] ?? yes)(),
    {
      signal: over.signal,
      sleep: async milliseconds => {
        waits.push(milliseconds)
        if (waits.length < waitsUntilOver) return
        over.abort()
        throw new Error('over')
      },
      onTrouble: trouble => told.push(trouble),
    },
  )
  return { left, told, waits }
}

t.test('what works at once is not tried again', async t => {
  t.strictSame(await tried([yes], 9), { left: undefined, told: [], waits: [] })
})

t.test('it is tried again each second until it works; the same trouble is told once', async t => {
  const attempts = [no('a'), no('a'), fail(new Error('b')), fail('c'), no('a'), yes]
  t.strictSame(await tried(attempts, 9), {
    left: undefined,
    told: ['a', 'b', 'c', 'a'],
    waits: [1000, 1000, 1000, 1000, 1000],
  })
})

t.test('an attempt that works counts, even if the time is over by then', async t => {
  const over = new AbortController()
  const attempt = async () => {
    over.abort()
    return undefined
  }
  const sleep = () => Promise.reject(new Error('asleep'))
  const onTrouble = (trouble: string) => t.fail(trouble)
  t.equal(await tryUntilDone(attempt, { signal: over.signal, sleep, onTrouble }), undefined)
})

t.test('once the time is over, what stood in the way last is told', async t => {
  t.strictSame(await tried([no('a'), no('b')], 2), {
    left: 'b',
    told: ['a', 'b'],
    waits: [1000, 1000],
  })
})

t.test('an attempt that is given up does not hide what stood in the way before', async t => {
  const over = new AbortController()
  const attempts: Attempt[] = [
    no('a'),
    async () => {
      over.abort()
      throw new Error('given up')
    },
  ]
  const left = await tryUntilDone(() => (attempts.shift() ?? yes)(), {
    signal: over.signal,
    sleep: async () => {},
    onTrouble: trouble => t.equal(trouble, 'a'),
  })
  t.equal(left, 'a')
})

t.test('a first attempt that is given up is told for what it is', async t => {
  const over = AbortSignal.abort()
  const attempt = fail(new Error('given up'))
  const left = await tryUntilDone(attempt, {
    signal: over,
    sleep: () => Promise.reject(new Error('asleep')),
    onTrouble: trouble => t.fail(trouble),
  })
  t.equal(left, 'given up')
})
