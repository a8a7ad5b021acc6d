import { t } from 'tap'
import { identitiesOf } from '../../src/core/identity.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { mesh } from '../harness/build.ts'
import { pod, service } from '../harness/cluster.ts'

const MESH = mesh('a.istio', { trustDomain: 'example.com' })
const of = (name: string) => ({ namespace: 'default', service: name, port: 9080 })
const run = (name: string, serviceAccountName?: string, app = 'details') =>
  pod({ name, labels: { app } }, { serviceAccountName })
const told = (which: string, value: unknown) =>
  service({ annotations: { [`alpha.istio.io/${which}`]: value } })
const spiffe = (account: string) => `spiffe://example.com/ns/default/sa/${account}`

// what is known | identities behind Service details
const cases: readonly [string, readonly JsonObject[], readonly string[]][] = [
  ['one pod', [service(), run('a', 'shop')], [spiffe('shop')]],
  ['a pod without a ServiceAccount', [service(), run('a')], [spiffe('default')]],
  [
    'pods of two ServiceAccounts',
    [service(), run('a', 'z'), run('b', 'y'), run('c', 'z')],
    [spiffe('y'), spiffe('z')],
  ],
  [
    'more ServiceAccounts that the Service names',
    [told('kubernetes-serviceaccounts', 'more, shop,a b'), run('a', 'shop')],
    [spiffe('more'), spiffe('shop')],
  ],
  [
    'names that the Service spells out',
    [told('canonical-serviceaccounts', 'other.example.com/ns/a/sa/b'), run('a', 'shop')],
    [spiffe('shop'), 'spiffe://other.example.com/ns/a/sa/b'],
  ],
  [
    'an annotation that is no text',
    [told('canonical-serviceaccounts', 1), run('a')],
    [spiffe('default')],
  ],
  ['names, but no pod', [told('kubernetes-serviceaccounts', 'more')], []],
  ['no pod', [service()], []],
  ['no Service', [run('a')], []],
]
for (const [title, objects, expected] of cases)
  t.test(`of ${title}, ${expected.length} identities are known`, async t =>
    t.strictSame(identitiesOf(snapshotOf(objects), MESH, [of('details')]), expected),
  )

t.test('of several destinations, each has to be known', async t => {
  const known = snapshotOf([
    service(),
    service({ name: 'other' }),
    run('a', 'shop'),
    run('b', 'stock', 'other'),
  ])
  const expected = [spiffe('shop'), spiffe('stock')]
  t.strictSame(identitiesOf(known, MESH, [of('details'), of('other')]), expected)
  t.strictSame(identitiesOf(known, MESH, [of('details'), of('details')]), [spiffe('shop')])
  t.strictSame(identitiesOf(known, MESH, [of('details'), of('unknown')]), [])
})

t.test('of nothing known, no identity is', async t => {
  t.strictSame(identitiesOf(undefined, MESH, [of('details')]), [])
  t.strictSame(identitiesOf(snapshotOf([]), MESH, []), [])
})
