import { t } from 'tap'
import { Store } from '../../src/cluster/store.ts'
import type { Place } from '../../src/core/affected.ts'
import { withValue } from '../../src/core/json.ts'
import { allObjects, EMPTY_SNAPSHOT, objectIn, type Snapshot } from '../../src/core/snapshot.ts'
import { namespace, pod, service } from '../harness/cluster.ts'

/** A store, what it publishes, and a way to let the moment pass that it waits for. */
const opened = () => {
  const waiting: (() => void)[] = []
  const published: { snapshot: Snapshot; touched: readonly Place[] }[] = []
  const store = new Store({
    soon: run => waiting.push(run),
    onPublish: (snapshot, touched) => published.push({ snapshot, touched }),
  })
  const pass = () => {
    for (const run of waiting.splice(0)) run()
  }
  /** `pods default/a` for each object that differs in the last snapshot. */
  const touched = () =>
    (published.at(-1)?.touched ?? []).map(at => `${at.collection} ${at.namespace}/${at.name}`)
  return { store, waiting, published, pass, touched }
}
const named = (name: string, of = 'default') => pod({ name, namespace: of })
const versioned = (name: string, version: string) =>
  withValue(named(name), ['metadata', 'resourceVersion'], version)

t.test('a burst of events makes one snapshot, a moment later', async t => {
  const { store, waiting, published, pass, touched } = opened()
  const pods = store.feed('pods')
  pods.onReplace([named('a'), named('b')])
  pods.onChange(named('c'))
  pods.onRemove(named('b'))
  store.feed('services').onChange(service())
  t.equal(waiting.length, 1)
  t.equal(store.snapshot, EMPTY_SNAPSHOT)
  pass()
  t.equal(published.length, 1)
  t.equal(store.snapshot, published[0]?.snapshot)
  t.strictSame(allObjects(store.snapshot.pods), [named('a'), named('c')])
  t.strictSame(touched(), [
    'pods default/a',
    'pods default/b',
    'pods default/c',
    'services default/details',
  ])
  pods.onChange(named('d'))
  t.equal(waiting.length, 1, 'the next burst waits anew')
})

t.test('a snapshot stays as it was, and shares what did not change with the next', async t => {
  const { store, pass } = opened()
  const pods = store.feed('pods')
  store.feed('namespaces').onChange(namespace('default'))
  pods.onReplace([named('a'), named('b', 'other')])
  pass()
  const before = store.snapshot
  pods.onChange(named('c'))
  pass()
  t.equal(objectIn(before.pods, 'default', 'c'), undefined)
  t.ok(objectIn(store.snapshot.pods, 'default', 'c'))
  t.equal(store.snapshot.pods.get('other'), before.pods.get('other'))
  t.not(store.snapshot.pods.get('default'), before.pods.get('default'))
  t.equal(store.snapshot.namespaces, before.namespaces)
})

t.test('a list takes away what it does not hold', async t => {
  const { store, pass, touched } = opened()
  const pods = store.feed('pods')
  pods.onReplace([named('a'), named('b'), named('c', 'other')])
  pass()
  pods.onReplace([named('b')])
  pass()
  t.strictSame(allObjects(store.snapshot.pods), [named('b')])
  t.strictSame(touched(), ['pods default/a', 'pods other/c'])
  t.notOk(store.snapshot.pods.has('other'), 'a namespace without any is not kept')
})

t.test('what says nothing new touches nothing, but is the version that counts', async t => {
  const { store, published, pass, touched } = opened()
  const pods = store.feed('pods')
  pods.onChange(versioned('a', '1'))
  pass()
  pods.onChange(versioned('a', '2'))
  pass()
  t.equal(published.length, 2)
  t.strictSame(touched(), [])
  t.match(objectIn(store.snapshot.pods, 'default', 'a'), { metadata: { resourceVersion: '2' } })
  pods.onChange(withValue(versioned('a', '3'), ['status', 'phase'], 'Failed'))
  pods.onChange(withValue(versioned('a', '4'), ['status', 'phase'], 'Failed'))
  pass()
  t.strictSame(touched(), ['pods default/a'], 'once it does, the last of it counts')
  t.match(objectIn(store.snapshot.pods, 'default', 'a'), { metadata: { resourceVersion: '4' } })
})

t.test('what goes and comes back is touched', async t => {
  const { store, pass, touched } = opened()
  const pods = store.feed('pods')
  pods.onChange(versioned('a', '1'))
  pass()
  pods.onRemove(named('a'))
  pods.onChange(versioned('a', '2'))
  pass()
  t.strictSame(touched(), ['pods default/a'])
  t.ok(objectIn(store.snapshot.pods, 'default', 'a'))
})

t.test('what was never there is removed without a word', async t => {
  const { store, waiting } = opened()
  const pods = store.feed('pods')
  pods.onRemove(named('a'))
  pods.onReplace([])
  t.strictSame(waiting, [])
})

t.test('several feeds fill one collection, and each answers for its own', async t => {
  const { store, pass } = opened()
  const [first, second] = [store.feed('pods'), store.feed('pods')]
  first.onReplace([named('a'), named('both')])
  second.onReplace([named('b'), named('both')])
  pass()
  const names = () => [...(store.snapshot.pods.get('default')?.keys() ?? [])].toSorted()
  t.strictSame(names(), ['a', 'b', 'both'])
  first.onReplace([])
  pass()
  t.strictSame(names(), ['b', 'both'], 'what another feed holds stays')
  second.onReplace([])
  pass()
  t.strictSame(names(), [])
})

t.test('publishing at once leaves nothing for the moment that was waited for', async t => {
  const { store, published, pass } = opened()
  store.publish()
  t.equal(published.length, 0, 'nothing has come in')
  store.feed('pods').onChange(named('a'))
  store.publish()
  t.equal(published.length, 1)
  pass()
  t.equal(published.length, 1)
})
