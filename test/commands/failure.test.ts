import { CommanderError } from 'commander'
import { t } from 'tap'
import { ApiError } from '../../src/cluster/api.ts'
import { Refusal, UsageError } from '../../src/commands/exit.ts'
import { failureOf } from '../../src/commands/failure.ts'
import { traceOf } from '../../src/commands/verbose.ts'

const quiet = { name: 'gloo-istio', isVerbose: false }
const forbidden = new ApiError({ statusCode: 403, headers: {} }, '{"message":"not you"}')
const UNEXPECTED =
  'This was not expected. Run it again with --verbose to see where it comes from; to report it, add what that prints, and the file that gloo-istio bundle writes.\n'

// what | error | exit code | what is said
const cases: readonly (readonly [string, unknown, number, string])[] = [
  ['something to mend', new UsageError('mend it'), 2, 'gloo-istio: mend it\n'],
  ['a failure that is worded', new Error('no; do this'), 1, 'gloo-istio: no; do this\n'],
  ['an answer that has been printed', new Refusal(), 1, ''],
  ['help that was asked for', new CommanderError(0, 'commander.helpDisplayed', 'x'), 0, ''],
  ['a group that is asked for nothing', new CommanderError(1, 'commander.help', 'x'), 0, ''],
  ['a wrong flag', new CommanderError(1, 'commander.unknownOption', 'x'), 2, ''],
  [
    'a fault of ours',
    new TypeError('x is not a function'),
    1,
    `gloo-istio: x is not a function\n${UNEXPECTED}`,
  ],
  ['an answer of the API server', forbidden, 1, `gloo-istio: not you\n${UNEXPECTED}`],
  [
    'what Node says',
    Object.assign(new Error('EIO'), { code: 'EIO' }),
    1,
    `gloo-istio: EIO\n${UNEXPECTED}`,
  ],
  ['what is no error at all', 'odd', 1, `gloo-istio: odd\n${UNEXPECTED}`],
]
for (const [what, error, exitCode, text] of cases)
  t.test(what, async t => t.strictSame(failureOf(error, quiet), { exitCode, text }))

t.test('with --verbose it says where an error comes from', async t => {
  const cause = Object.assign(new TypeError('deep'), { headers: { authorization: 'Bearer x' } })
  const error = new Error('shallow; do this', { cause })
  const { text } = failureOf(error, { name: 'kubectl gloo-istio', isVerbose: true })
  t.match(text, /^kubectl gloo-istio: shallow; do this\nError: shallow; do this\n {4}at /)
  t.match(text, /\ncaused by: TypeError: deep\n {4}at /)
  t.notMatch(text, 'Bearer')
  const unexpected = failureOf(cause, { ...quiet, isVerbose: true }).text
  t.match(
    unexpected,
    /\nThis was not expected\. Please report it .* gloo-istio bundle writes\.\nTypeError/,
  )
})

t.test('errors that are the cause of each other end', async t => {
  const error = new Error('a')
  error.cause = error
  t.ok(traceOf(error).length < 20)
  t.match(traceOf(new Error('a', { cause: 'text' })).at(-1), /^caused by: text$/)
  const bare = Object.assign(new Error('bare'), { stack: undefined })
  t.strictSame(traceOf(bare), ['bare'])
})
