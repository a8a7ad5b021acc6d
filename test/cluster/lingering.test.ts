import { t } from 'tap'
import { lingering } from '../../src/cluster/lingering.ts'
import { textAt, withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { pod } from '../harness/cluster.ts'
import { HandClock } from '../harness/hand-clock.ts'

/** A feed that lets go after 30 s, and what it tells the one behind it. */
const lingered = () => {
  const clock = new HandClock()
  const said: string[] = []
  const nameOf = (object: JsonObject) => textAt(object, 'metadata', 'name')
  const feed = lingering(
    {
      onReplace: () => said.push('replaced'),
      onChange: object => said.push(`changed ${nameOf(object)}`),
      onRemove: object => said.push(`removed ${nameOf(object)}`),
    },
    {
      milliseconds: 30_000,
      later: (run, milliseconds) => {
        const prevented = new AbortController()
        clock.sleep(milliseconds, prevented.signal).then(run, () => {})
        return () => prevented.abort()
      },
    },
  )
  return { clock, said, feed }
}
const named = (name: string) => pod({ name })

t.test('what comes is told at once, what goes half a minute later', async t => {
  const { clock, said, feed } = lingered()
  feed.onReplace([named('a')])
  feed.onChange(named('b'))
  t.strictSame(said, ['changed a', 'changed b'])
  feed.onRemove(named('a'))
  await clock.advance(29_999)
  t.strictSame(said.slice(2), [])
  await clock.advance(1)
  t.strictSame(said.slice(2), ['removed a'])
})

t.test('what a list does not hold any more goes late, too', async t => {
  const { clock, said, feed } = lingered()
  feed.onReplace([named('a'), named('b')])
  feed.onReplace([named('b')])
  t.strictSame(said, ['changed a', 'changed b', 'changed b'])
  await clock.advance(30_000)
  t.strictSame(said.slice(3), ['removed a'])
})

t.test('what comes back in time never went', async t => {
  for (const comeBack of ['onChange', 'onReplace'] as const) {
    const { clock, said, feed } = lingered()
    feed.onChange(named('a'))
    feed.onRemove(named('a'))
    await clock.advance(20_000)
    if (comeBack === 'onChange') feed.onChange(named('a'))
    else feed.onReplace([named('a')])
    await clock.advance(60_000)
    t.strictSame(said, ['changed a', 'changed a'])
    feed.onRemove(named('a'))
    await clock.advance(30_000)
    t.equal(said.at(-1), 'removed a', 'and goes like any other')
  }
})

t.test('what goes twice goes once, by the first time', async t => {
  const { clock, said, feed } = lingered()
  feed.onChange(named('a'))
  feed.onRemove(named('a'))
  await clock.advance(20_000)
  feed.onRemove(named('a'))
  feed.onReplace([])
  await clock.advance(10_000)
  t.strictSame(said, ['changed a', 'removed a'])
  await clock.advance(60_000)
  t.equal(said.length, 2)
})

t.test('what was never there does not go', async t => {
  const { clock, said, feed } = lingered()
  feed.onRemove(named('a'))
  await clock.advance(60_000)
  t.strictSame(said, [])
})

t.test('one name in two namespaces is two', async t => {
  const { clock, said, feed } = lingered()
  const other = withValue(named('a'), ['metadata', 'namespace'], 'other')
  feed.onReplace([named('a'), other])
  feed.onRemove(other)
  await clock.advance(30_000)
  t.strictSame(said, ['changed a', 'changed a', 'removed a'])
})
