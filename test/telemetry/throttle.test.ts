import { t } from 'tap'
import { throttle } from '../../src/telemetry/throttle.ts'

t.test('what comes too soon after what was said is left out', async t => {
  let now = 0
  const said: string[] = []
  const say = throttle(
    (text: string) => void said.push(text),
    60_000,
    () => now,
  )
  say('at once')
  now = 59_999
  say('too soon')
  now = 60_000
  say('a minute later')
  now = 100_000
  say('too soon again')
  t.strictSame(said, ['at once', 'a minute later'])
})
