import { t } from 'tap'
import { BackfillSummary } from '../../src/cli/backfill.ts'
import { planOf } from '../../src/core/plan.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { proxyOn } from '../harness/cluster.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const ENABLED = planOf(upstream(), KNOWN)
const PLAIN = planOf(upstream({}, {}), KNOWN)
const PROXY = planOf(proxyOn('1.0.0'), KNOWN)

const summed = () => {
  const summary = new BackfillSummary()
  summary.count('written', PROXY)
  for (let count = 0; count < 12; count++) summary.count('unchanged', PLAIN)
  for (let count = 0; count < 3; count++) summary.count('written', ENABLED)
  summary.count('conflict', ENABLED)
  return summary
}

t.test('objects are counted by outcome, kind and reason, the most frequent first', async t => {
  t.strictSame(summed().print().split('\n'), [
    'OUTCOME    KIND        REASON               COUNT',
    'unchanged  Upstream    NotSelected          12',
    'written    Upstream    MtlsEnabled          3',
    'written    Deployment  CertificatesMounted  1',
    'conflict   Upstream    MtlsEnabled          1',
    '',
  ])
})

t.test('the total of some outcomes is over all kinds and reasons', async t => {
  const summary = summed()
  t.equal(summary.total('written'), 4)
  t.equal(summary.total('conflict', 'refused'), 1)
  t.equal(summary.total('written', 'unchanged', 'conflict'), 17)
  t.equal(summary.total('write'), 0, 'no part of a word')
  t.equal(summary.total('refused'), 0)
  t.equal(summary.total(), 0)
})

t.test('of nothing there is only the head', async t => {
  t.equal(new BackfillSummary().print(), 'OUTCOME  KIND  REASON  COUNT\n')
})
