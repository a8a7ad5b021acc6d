import { t } from 'tap'
import type { Place } from '../../src/core/affected.ts'
import { planOf } from '../../src/core/plan.ts'
import { Decisions } from '../../src/reconcile/decisions.ts'
import { facts, mesh, upstream } from '../harness/build.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const ENABLED = planOf(upstream(), KNOWN)
const PLAIN = planOf(upstream({}, {}), KNOWN)
const place = (name: string, collection: Place['collection'] = 'upstreams'): Place => ({
  collection,
  namespace: 'gloo-system',
  name,
})

t.test('a decision is news when it is the first, or another than the last', async t => {
  const decisions = new Decisions()
  t.ok(decisions.note(place('a'), ENABLED))
  t.notOk(decisions.note(place('a'), ENABLED))
  t.ok(decisions.note(place('b'), ENABLED), 'of another object')
  t.ok(decisions.note(place('a'), PLAIN))
  t.ok(decisions.note(place('a'), ENABLED))
})

t.test('that an object is gone is news once, and its next decision is a first one', async t => {
  const decisions = new Decisions()
  decisions.note(place('a'), ENABLED)
  t.ok(decisions.note(place('a'), undefined))
  t.notOk(decisions.note(place('a'), undefined))
  t.strictSame(decisions.countsOf('upstreams'), new Map())
  t.ok(decisions.note(place('a'), ENABLED))
})

t.test('objects of a collection are counted by their last reason', async t => {
  const decisions = new Decisions()
  for (const name of ['a', 'b', 'c']) decisions.note(place(name), ENABLED)
  decisions.note(place('c'), PLAIN)
  decisions.note(place('a', 'deployments'), PLAIN)
  const expected = new Map([
    ['MtlsEnabled', 2],
    ['NotSelected', 1],
  ])
  t.strictSame(decisions.countsOf('upstreams'), expected)
  t.strictSame(decisions.countsOf('deployments'), new Map([['NotSelected', 1]]))
  t.strictSame(decisions.countsOf('daemonSets'), new Map())
})

t.test('who leads no more forgets them all', async t => {
  const decisions = new Decisions()
  decisions.note(place('a'), ENABLED)
  decisions.clear()
  t.strictSame(decisions.countsOf('upstreams'), new Map())
  t.ok(decisions.note(place('a'), ENABLED))
})
