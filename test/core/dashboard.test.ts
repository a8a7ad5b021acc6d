import { t } from 'tap'
import { changesSince, keyOf, knownOf } from '../../src/core/dashboard.ts'
import { wayTo } from '../harness/ways.ts'

const DETAILS = wayTo('details', 'plain')
const RATINGS = wayTo('ratings', 'plain')
const REVIEWS = wayTo('reviews', 'plain')

t.test('only what is new, differs or is gone is told', async t => {
  const known = knownOf([DETAILS, RATINGS])
  const on = wayTo('ratings', 'mtls')
  t.strictSame(changesSince(known, [on, REVIEWS]), {
    put: [on, REVIEWS],
    gone: ['gloo-system/default-details-9080'],
  })
  t.strictSame(changesSince(known, [{ ...DETAILS }, { ...RATINGS }]), { put: [], gone: [] })
  t.strictSame(changesSince(new Map(), [DETAILS], knownOf([DETAILS])), { put: [DETAILS], gone: [] })
})

t.test('Upstreams are told apart by namespace and name', async t =>
  t.equal(keyOf(DETAILS), 'gloo-system/default-details-9080'),
)
