import { t } from 'tap'
import { finding, isFinding, quote, REASONS } from '../../src/core/reasons.ts'

t.test('a finding fills the blanks of its sentence', async t => {
  t.strictSame(finding('OptedOut', { annotation: 'gloo-istio.io/mtls' }), {
    reason: 'OptedOut',
    level: 'info',
    message: 'annotation gloo-istio.io/mtls is "disabled"',
  })
})

t.test('what a user wrote cannot smuggle in another blank', async t => {
  const { message } = finding('UnknownMesh', { where: 'here', mesh: '{known}', known: 'k' })
  t.equal(message, 'here: mesh {known} is not known; known: k')
})

t.test('a blank that nothing fills is left out', async t => {
  t.equal(finding('InvalidSpec', {} as never).message, ' is of the wrong type; left as it is')
})

t.test('a finding is told from anything else', async t => {
  t.ok(isFinding(finding('NotSelected', {})))
  for (const other of [undefined, null, 'free', { namespace: 'a' }]) t.notOk(isFinding(other))
})

t.test('a quoted value fits one line', async t => {
  t.equal(quote('a\n"b"\u0000'), '"a\\n\\"b\\"\\u0000"')
  t.equal(quote(true), 'true')
  t.equal(quote(undefined), 'undefined')
  t.ok(quote('x'.repeat(300_000)).length <= 61)
  t.ok(quote('😀'.repeat(100)).isWellFormed(), 'no half of a character')
})

// value | quoted
const unseen: readonly [string, string][] = [
  ['a\u2028b', '"a\\u{2028}b"'],
  ['a\u2029b', '"a\\u{2029}b"'],
  ['a\u200bb', '"a\\u{200b}b"'],
  ['a\u202eb', '"a\\u{202e}b"'],
  ['a\ufeffb', '"a\\u{feff}b"'],
  ['a\u007fb', '"a\\u{7f}b"'],
  ['a\u0085b', '"a\\u{85}b"'],
  ['a\u{e0041}b', '"a\\u{e0041}b"'],
  ['größe 😀', '"größe 😀"'],
]
for (const [value, quoted] of unseen)
  t.test(`${quoted} shows all there is`, async t => t.equal(quote(value), quoted))

t.test('codes are CamelCase and sentences carry no full stop', async t => {
  for (const [code, { sentence }] of Object.entries(REASONS)) {
    t.match(code, /^([A-Z][a-z]+)+$/)
    t.notMatch(sentence, /[.\n]$/)
  }
})
