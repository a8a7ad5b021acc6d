import { t } from 'tap'
import { explain, standing, summed } from '../../src/core/check-standing.ts'
import { adding, evidenceOf } from '../harness/evidence.ts'
import { discovered, namespace, service } from '../harness/live.ts'

const evidence = evidenceOf({
  before: adding(
    namespace('b'),
    service('b', 'one'),
    discovered('b', 'one'),
    discovered('b', 'two'),
  ),
})

t.test('Upstreams by how they stand', async t => {
  t.equal(standing(evidence, 'mtls').length, 1)
  t.equal(standing(evidence, 'plain').length, 2)
  t.equal(standing(evidence, 'mtls', 'plain').length, 3)
  t.equal(standing(evidence, 'kept').length, 0)
})

t.test('summed up, with why the first is as it is', async t => {
  t.match(
    summed(standing(evidence, 'plain'), 'plain'),
    /^2 Upstreams plain: gloo-system\/b-one-9080, gloo-system\/b-two-9080; gloo-system\/b-one-9080: .*\[NotSelected\]$/,
  )
  t.match(summed([], 'plain'), '0 Upstreams plain')
  t.equal(
    explain(standing(evidence, 'plain')),
    'gloo-istio explain upstream gloo-system/b-one-9080',
  )
})
