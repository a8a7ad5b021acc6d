import { t } from 'tap'
import {
  type Check,
  counted,
  found,
  listed,
  passed,
  runChecks,
  skipped,
  unlessAny,
} from '../../src/core/check.ts'
import { evidenceOf } from '../harness/evidence.ts'

const check = (id: string, more: Partial<Check> = {}): Check => ({
  id,
  title: `about ${id}`,
  severity: 'failed',
  run: () => passed('well'),
  ...more,
})

const resultsOf = (checks: readonly Check[], unseen = {}, when: 'before' | 'after' = 'after') => {
  const evidence = { ...evidenceOf(), unseen }
  const groups = runChecks([{ name: 'g', title: 'G', checks }], evidence, when)
  return groups.flatMap(({ results }) => results.map(({ id, status }) => [id, status]))
}

t.test('what is found counts as the check says, unless it says so itself', async t => {
  t.strictSame(
    resultsOf([
      check('bad', { run: () => found('no', 'do') }),
      check('worse', { severity: 'warning', run: () => found('no', 'do', 'failed') }),
      check('dull', { severity: 'warning', run: () => found('no', 'do') }),
      check('none', { run: () => skipped('not here') }),
      check('well'),
    ]),
    [
      ['bad', 'failed'],
      ['worse', 'failed'],
      ['dull', 'warning'],
      ['none', 'skipped'],
      ['well', 'passed'],
    ],
  )
})

t.test('what cannot be seen is not counted as passed, and says why', async t => {
  const evidence = { ...evidenceOf(), unseen: { proxies: 'cannot be seen' } }
  const checks = [check('one', { needs: ['crds', 'proxies'] }), check('two', { needs: ['crds'] })]
  const [group] = runChecks([{ name: 'g', title: 'G', checks }], evidence, 'after')
  t.match(group?.results, [
    { status: 'skipped', message: 'cannot be seen', hint: '', doc: 'docs/reference/checks.md#one' },
    { status: 'passed' },
  ])
})

t.test('checks of before and after an installation are made then only', async t => {
  const checks = [check('before', { when: 'before' }), check('after', { when: 'after' })]
  t.strictSame(resultsOf(checks), [['after', 'passed']])
  t.strictSame(resultsOf(checks, {}, 'before'), [['before', 'passed']])
  t.strictSame(resultsOf([check('before', { when: 'before' })]), [], 'without an empty group')
})

t.test('at most three are named', async t => {
  t.equal(listed([]), '')
  t.equal(listed(['a', 'b', 'c']), 'a, b, c')
  t.equal(listed(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more')
})

t.test('counts', async t => {
  t.equal(counted(1, 'proxy', 'proxies'), '1 proxy')
  t.equal(counted(0, 'proxy', 'proxies'), '0 proxies')
  t.equal(counted(2, 'pod'), '2 pods')
})

t.test('nobody named is well', async t => {
  const bad = (names: string) => `bad: ${names}`
  t.strictSame(unlessAny([], 'good', bad, 'do'), passed('good'))
  t.strictSame(unlessAny(['a'], 'good', bad, 'do'), found('bad: a', 'do'))
})
