import { t } from 'tap'
import { runChecks } from '../../src/core/check.ts'
import { CHECK_GROUPS, unreachableReport } from '../../src/core/checks.ts'
import { evidenceOf } from '../harness/evidence.ts'

const all = CHECK_GROUPS.flatMap(({ checks }) => checks)

t.test('there are as many as were promised, and no id twice', async t => {
  t.ok(all.length >= 40)
  t.equal(new Set(all.map(({ id }) => id)).size, all.length)
  t.equal(new Set(CHECK_GROUPS.map(({ name }) => name)).size, CHECK_GROUPS.length)
})

for (const { id, title } of all)
  t.test(`${id} is an anchor, and its title a statement`, async t => {
    t.match(id, /^[a-z]+(-[a-z]+)+$/)
    t.notMatch(title, /[.:]$/)
  })

t.test('a cluster in the best of health', async t => {
  const results = runChecks(CHECK_GROUPS, evidenceOf(), 'after').flatMap(group => group.results)
  t.strictSame(
    results.filter(({ status }) => status === 'failed' || status === 'warning'),
    [],
  )
})

t.test('an API server that nobody reaches: one check, and no word of the others', async t => {
  t.match(unreachableReport('ECONNREFUSED'), [
    {
      name: 'kubernetes',
      title: 'Kubernetes API',
      results: [{ id: 'api-reachable', status: 'failed', message: 'ECONNREFUSED' }],
    },
  ])
})
