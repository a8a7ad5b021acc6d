import { InvalidArgumentError } from 'commander'
import { t } from 'tap'
import { parseDuration } from '../../src/commands/duration.ts'

const HOUR = 3_600_000
const durations: readonly [string, number][] = [
  ['0s', 0],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1.5m', 90_000],
  ['168h', 168 * HOUR],
  ['8760h', 8760 * HOUR],
  ['876000h', 876_000 * HOUR],
]
for (const [text, milliseconds] of durations)
  t.test(`${text} is ${milliseconds} ms`, async t => t.equal(parseDuration(text), milliseconds))

for (const text of [
  '',
  's',
  '5',
  '5d',
  '5ms',
  '-5s',
  '1h30m',
  '.5s',
  '5 s',
  '5S',
  '1e3s',
  '876001h',
])
  t.test(`${JSON.stringify(text)} is no duration`, async t => {
    t.throws(() => parseDuration(text), InvalidArgumentError)
    t.throws(() => parseDuration(text), { message: /for instance 90s or 168h/ })
  })
