import { t } from 'tap'
import { INJECT_ANNOTATION } from '../../src/core/annotations.ts'
import type { Write } from '../../src/core/decision.ts'
import { switchedOn } from '../../src/core/switch-rule.ts'
import { facts, requestOf, upstream } from '../harness/build.ts'

const cases: readonly [unknown, string | undefined][] = [
  [undefined, undefined],
  ['enabled', undefined],
  ['disabled', 'OptedOut'],
  ['Enabled', 'InvalidAnnotation'],
  ['', 'InvalidAnnotation'],
  [true, 'InvalidAnnotation'],
]
for (const [value, reason] of cases)
  t.test(`${JSON.stringify(value)} is ${reason ?? 'left to the next rule'}`, async t => {
    const write = requestOf(upstream({}, { [INJECT_ANNOTATION]: value })) as Write
    t.equal(switchedOn(INJECT_ANNOTATION)(write, facts())?.finding.reason, reason)
  })
