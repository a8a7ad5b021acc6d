import { t } from 'tap'
import { agreed, bySwitch, type Heard, OUTSIDE, on } from '../../src/core/policy-switch.ts'
import { finding } from '../../src/core/reasons.ts'

const ask = (value: unknown, port: number | undefined = 9080) =>
  bySwitch({
    where: 'here',
    value,
    port,
    on: () => finding('SelectedByAnnotation', {}),
    off: () => finding('OptedOut', { annotation: 'a' }),
    slip: value => finding('InvalidSelection', { where: 'here', value }),
  })

// value | what it says of port 9080
const values: readonly [unknown, string | undefined][] = [
  [undefined, undefined],
  ['enabled', 'on'],
  ['disabled', 'off'],
  ['9080:enabled', 'on'],
  ['9080:disabled', 'off'],
  ['9443:enabled', undefined],
  ['enabled,9080:disabled', 'off'],
  ['9080:disabled,enabled', 'off'],
  ['9443:disabled, enabled', 'on'],
  [' 9443:disabled , 9080:enabled ', 'on'],
  ['9443:enabled,9444:disabled', undefined],
  ['', 'unclear'],
  ['yes', 'unclear'],
  ['Enabled', 'unclear'],
  ['enabled,', 'unclear'],
  ['9080:yes', 'unclear'],
  ['9443:yes,enabled', 'unclear'],
  [':enabled', 'unclear'],
  ['http:enabled', 'unclear'],
  ['123456:enabled', 'unclear'],
  [true, 'unclear'],
  [null, 'unclear'],
  [['enabled'], 'unclear'],
]
for (const [value, say] of values)
  t.test(`${JSON.stringify(value)} is ${say ?? 'left to the next rule'}`, async t =>
    t.equal(ask(value).spoken?.say, say),
  )

const PORTLESS = {
  where: 'here',
  port: undefined,
  on: () => finding('SelectedByAnnotation', {}),
  off: () => finding('OptedOut', { annotation: 'a' }),
  slip: () => finding('NotSelected', {}),
}

t.test('what is switched for single ports says nothing where there is none', async t => {
  const nowhere = bySwitch({ ...PORTLESS, value: '9080:enabled' })
  t.equal(nowhere.spoken, undefined)
  t.equal(bySwitch({ ...PORTLESS, value: 'enabled' }).spoken?.say, 'on')
})
t.test('a switch tells what it saw', async t => {
  t.equal(ask(undefined).saw(), 'here is not set')
  t.equal(ask('enabled').saw(), 'here is "enabled"')
  t.equal(ask('9443:enabled').saw(), 'here is "9443:enabled", for other ports')
  t.match(ask('yes').spoken?.finding.message, 'here is "yes"')
})

const ON: Heard = { saw: () => 'on', spoken: on(finding('SelectedByDefault', {})) }
const OFF: Heard = { saw: () => 'off', spoken: { say: 'off', finding: finding('NotSelected', {}) } }
const SLIP: Heard = ask('yes')
const SILENT: Heard = { saw: () => 'nothing' }

// answers | what they come to
const answers: readonly [string, readonly Heard[], string | undefined, string][] = [
  ['none', [], undefined, OUTSIDE],
  ['one', [ON], 'on', 'on'],
  ['one that is silent', [SILENT], undefined, 'nothing'],
  ['the same twice', [ON, ON], 'on', 'on'],
  ['silence twice', [SILENT, SILENT], undefined, 'nothing'],
  ['off twice', [OFF, OFF], 'off', 'off'],
  ['on and off', [ON, OFF], 'unclear', 'on; off'],
  ['on and silence', [ON, SILENT], 'unclear', 'on; nothing'],
  ['silence and on', [SILENT, ON], 'unclear', 'nothing; on'],
  ['a slip among others', [ON, SLIP], 'unclear', 'on; here is "yes"'],
]
for (const [title, heard, say, saw] of answers)
  t.test(`${title} come to ${say ?? 'nothing'}`, async t => {
    t.equal(agreed(heard).spoken?.say, say)
    t.equal(agreed(heard).saw(), saw)
  })

t.test('a slip goes before the difference that it makes', async t => {
  t.equal(agreed([ON, SLIP]).spoken?.finding.reason, 'InvalidSelection')
  t.equal(agreed([ON, OFF]).spoken?.finding.reason, 'DestinationsDiffer')
})
