import { t } from 'tap'
import { INJECT_ANNOTATION, MTLS_ANNOTATION } from '../../src/core/annotations.ts'
import { switchedOff } from '../../src/core/switch-rule.ts'
import { upstream } from '../harness/build.ts'

const cases: readonly [unknown, string | undefined][] = [
  [undefined, undefined],
  [null, undefined],
  ['enabled', undefined],
  ['disabled', 'OptedOut'],
  ['Enabled', 'InvalidAnnotation'],
  ['', 'InvalidAnnotation'],
  ['false', 'InvalidAnnotation'],
  [true, 'InvalidAnnotation'],
]
for (const annotation of [INJECT_ANNOTATION, MTLS_ANNOTATION])
  for (const [value, reason] of cases)
    t.test(`${annotation} ${JSON.stringify(value)} is ${reason ?? 'on'}`, async t => {
      const found = switchedOff(upstream({}, { [annotation]: value }), annotation)
      t.equal(found?.reason, reason)
      if (found) t.ok(found.message.includes(annotation), 'and names the annotation')
    })

t.test('one annotation does not switch what another one switches', async t => {
  const object = upstream({}, { [INJECT_ANNOTATION]: 'disabled' })
  t.equal(switchedOff(object, MTLS_ANNOTATION), undefined)
})
