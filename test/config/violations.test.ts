import { t } from 'tap'
import { violationLines } from '../../src/config/violations.ts'

t.test('a violation is a line with file, line and path', async t => {
  const violations = [
    { path: 'a[0]', line: 3, message: 'm' },
    { path: '', line: 1, message: 'n' },
  ]
  t.strictSame(violationLines('c.yaml', violations), ['c.yaml:3: a[0]: m', 'c.yaml:1: n'])
  t.strictSame(violationLines('-', violations).at(0), '<stdin>:3: a[0]: m')
})
