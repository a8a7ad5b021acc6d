import { t } from 'tap'
import { SNI_ANNOTATION, SUBJECT_ALT_NAMES_ANNOTATION } from '../../src/core/annotations.ts'
import { askedOf } from '../../src/core/asked.ts'
import { upstream } from '../harness/build.ts'

const SPIFFE = 'spiffe://cluster.local/ns/default/sa/details'

// sni | subject-alt-names | what is asked for
const asked: readonly [unknown, unknown, object][] = [
  [undefined, undefined, {}],
  [null, null, {}],
  ['details.default.svc', undefined, { sni: 'details.default.svc' }],
  ['localhost', undefined, { sni: 'localhost' }],
  [undefined, SPIFFE, { subjectAltNames: [SPIFFE] }],
  [undefined, ` ${SPIFFE} , b`, { subjectAltNames: [SPIFFE, 'b'] }],
  ['outbound-.9080-.-.details', undefined, { reason: 'InvalidAnnotation' }],
  ['a.b', SPIFFE, { sni: 'a.b', subjectAltNames: [SPIFFE] }],
  [undefined, 'x'.repeat(2048), { subjectAltNames: ['x'.repeat(2048)] }],
  [
    undefined,
    Array.from({ length: 100 }, (_, n) => n).join(','),
    { subjectAltNames: Array.from({ length: 100 }, (_, n) => String(n)) },
  ],
]
for (const [sni, names, expected] of asked)
  t.test(
    `SNI ${JSON.stringify(sni)} and ${String(names).slice(0, 60)} ask for as much`,
    async t => {
      const annotations = { [SNI_ANNOTATION]: sni, [SUBJECT_ALT_NAMES_ANNOTATION]: names }
      const found = askedOf(upstream({}, annotations))
      if ('reason' in expected) t.match(found, expected)
      else t.strictSame(found, expected)
    },
  )

// annotation | a value that is none
const invalid: readonly [string, unknown][] = [
  [SNI_ANNOTATION, ''],
  [SNI_ANNOTATION, 'Details.default'],
  [SNI_ANNOTATION, 'a b'],
  [SNI_ANNOTATION, 'a..b'],
  [SNI_ANNOTATION, '*.example.com'],
  [SNI_ANNOTATION, `${'x'.repeat(64)}.`.repeat(4)],
  [SNI_ANNOTATION, 443],
  [SNI_ANNOTATION, { a: 'b' }],
  [SUBJECT_ALT_NAMES_ANNOTATION, ''],
  [SUBJECT_ALT_NAMES_ANNOTATION, ','],
  [SUBJECT_ALT_NAMES_ANNOTATION, `${SPIFFE},`],
  [SUBJECT_ALT_NAMES_ANNOTATION, 'a,,b'],
  [SUBJECT_ALT_NAMES_ANNOTATION, 'a b'],
  [SUBJECT_ALT_NAMES_ANNOTATION, 'x'.repeat(2049)],
  [SUBJECT_ALT_NAMES_ANNOTATION, Array.from({ length: 101 }, (_, n) => n).join(',')],
  [SUBJECT_ALT_NAMES_ANNOTATION, [SPIFFE]],
  [SUBJECT_ALT_NAMES_ANNOTATION, true],
]
for (const [annotation, value] of invalid)
  t.test(`${annotation} may not be ${JSON.stringify(value).slice(0, 60)}`, async t => {
    const found = askedOf(upstream({}, { [annotation]: value }))
    t.match(found, { reason: 'InvalidAnnotation', level: 'warning' })
    const { message } = found as { message: string }
    t.ok(message.startsWith(`metadata.annotations[${annotation}] is `), message)
    t.ok(message.length < 240, 'short enough for a warning of the API server')
  })

t.test('a name that is wrong is said before names that are wrong, too', async t => {
  const annotations = { [SNI_ANNOTATION]: 'A', [SUBJECT_ALT_NAMES_ANNOTATION]: '' }
  t.match(askedOf(upstream({}, annotations)), { message: new RegExp(SNI_ANNOTATION) })
})
