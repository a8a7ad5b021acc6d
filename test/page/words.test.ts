import { t } from 'tap'
import { STATES as IN_CORE } from '../../src/core/graph.ts'
import {
  identityOf,
  keyOf,
  LETTERS,
  lifeOf,
  namespacesOf,
  OUTSIDE,
  plural,
  STATES,
  servicesOf,
} from '../../src/page/words.ts'
import { wayTo } from '../harness/ways.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

// when it ends | what is said
const lives: readonly [string, string][] = [
  ['', 'unknown'],
  ['2026-04-01T00:00:00Z', 'ends in 90 d'],
  ['2026-01-02T00:00:00Z', 'ends in 1 d'],
  ['2026-01-01T23:59:59Z', 'ends in 23 h'],
  ['2026-01-01T00:05:59Z', 'ends in 5 min'],
  ['2026-01-01T00:00:07Z', 'ends in 7 s'],
  ['2026-01-01T00:00:00Z', 'has ended'],
  ['2025-01-01T00:00:00Z', 'has ended'],
]
for (const [notAfter, said] of lives)
  t.test(`a certificate until "${notAfter}" ${said}`, async t =>
    t.equal(lifeOf({ notAfter }, NOW), said),
  )

const shop = (...accepted: string[]) => wayTo('details', 'mtls', { accepted })

t.test('who is accepted is told by namespace and account', async t => {
  t.equal(identityOf(shop('spiffe://a.example.com/ns/shop/sa/cart')), 'shop/cart')
  t.equal(identityOf(shop('spiffe://a/ns/b/sa/c', 'spiffe://x')), 'b/c, 1 more')
  t.equal(identityOf(shop('spiffe://other')), 'spiffe://other')
  t.equal(identityOf(shop()), 'any of the mesh')
  t.equal(identityOf(wayTo('details', 'plain')), '–')
  t.equal(identityOf(wayTo('details', 'waiting', { mesh: '' })), '–')
  t.equal(identityOf(wayTo('details', 'refused')), '–')
})

t.test('a way is told by its namespaces, each once, and its Services', async t => {
  const destinations = [
    { namespace: 'a', service: 'b', port: 80 },
    { namespace: 'a', service: 'c', port: undefined },
  ]
  const way = wayTo('b', 'mtls', { destinations })
  t.strictSame(namespacesOf(way), ['a'])
  t.strictSame(servicesOf(way), ['b:80', 'c'])
  const outside = wayTo('mail', 'plain', { destinations: [] })
  t.strictSame([namespacesOf(outside), servicesOf(outside)], [[OUTSIDE], ['default-mail-9080']])
  t.equal(keyOf(way), 'gloo-system/default-b-9080')
})

t.test('every state of the core has its own letter here', async t => {
  t.strictSame(STATES, [...IN_CORE])
  t.equal(new Set(Object.values(LETTERS)).size, IN_CORE.length)
})

t.test('one is not many', async t => {
  t.strictSame(
    [0, 1, 2012].map(count => plural(count, 'Upstream')),
    ['0 Upstreams', '1 Upstream', '2,012 Upstreams'],
  )
})
