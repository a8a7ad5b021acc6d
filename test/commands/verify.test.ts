import { CommanderError } from 'commander'
import { t } from 'tap'
import { verifyCommand } from '../../src/commands/verify.ts'

/** What is said of a command line that is not taken. */
const complaintOf = async (...args: readonly string[]) => {
  let said = ''
  const command = verifyCommand()
  for (const each of [command, ...command.commands])
    each.exitOverride().configureOutput({ writeErr: text => (said += text) })
  await command.parseAsync(['upstream', ...args], { from: 'user' }).catch(error => {
    if (!(error instanceof CommanderError)) throw error
  })
  return said
}

// arguments | what is said
const cases: readonly [readonly string[], RegExp][] = [
  [['details'], /namespace\/name.*expected <namespace>\/<name>/],
  [['a/b', '--proxy', 'b'], /--proxy.*expected <namespace>\/<name>/],
  [['a/b', '--admin-port', '0'], /--admin-port.*expected a port, 1 to 65535/],
  [['a/b', '--admin-port', 'x'], /--admin-port.*expected a port, 1 to 65535/],
  [['a/b', '--wait', 'soon'], /--wait.*expected a number and s, m or h/],
  [['a/b', '-o', 'yaml'], /Allowed choices are text, json/],
  [[], /missing required argument/],
]
for (const [args, message] of cases)
  t.test(`verify upstream ${args.join(' ')}`, async t =>
    t.match(await complaintOf(...args), message),
  )
