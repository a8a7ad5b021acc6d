import { t } from 'tap'
import { placeOf, upstreamNamed } from '../../src/core/named-upstream.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import { upstream } from '../harness/build.ts'

const named = (namespace: string, name: string) => upstream({ metadata: { namespace, name } })
const SNAPSHOT = snapshotOf([
  named('team-b', 'shop'),
  named('team-a', 'shop'),
  named('gloo-system', 'details'),
])

t.test('the only Upstream of its name is found, wherever it is', async t =>
  t.strictSame(upstreamNamed(SNAPSHOT, 'details'), { upstream: named('gloo-system', 'details') }),
)

t.test('of several, all are named', async t =>
  t.strictSame(upstreamNamed(SNAPSHOT, 'shop'), {
    trouble:
      'several Upstreams have that name: team-a/shop, team-b/shop; choose one by --namespace',
  }),
)

t.test('where there is none, it says how to see those that there are', async t => {
  const trouble = 'no Upstream reviews was found: gloo-istio get upstreams lists them'
  t.strictSame(upstreamNamed(SNAPSHOT, 'reviews'), { trouble })
  t.strictSame(upstreamNamed(undefined, 'reviews'), { trouble })
})

t.test('a place is namespace and name', async t => t.equal(placeOf(named('a', 'b')), 'a/b'))
