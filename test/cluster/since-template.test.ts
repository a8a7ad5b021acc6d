import { t } from 'tap'
import { sinceTemplate } from '../../src/cluster/since-template.ts'
import { fieldAt, withValue } from '../../src/core/json.ts'
import { isRolledOut } from '../../src/core/rollout.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { proxyOn, rolledOut } from '../harness/cluster.ts'

/** The feed, and whether the proxy in it was rolled out each time that it came. */
const watched = () => {
  const seen: boolean[] = []
  const take = (proxy: JsonObject) => seen.push(isRolledOut(proxy))
  const feed = sinceTemplate({
    onReplace: proxies => proxies.forEach(take),
    onChange: take,
    onRemove: () => {},
  })
  return { feed, seen }
}

/** A whole proxy after its next change, of which its controller has not heard yet. */
const changed = (proxy: JsonObject, keys: readonly string[], value: unknown): JsonObject =>
  withValue(
    withValue(proxy, ['spec', ...keys], value),
    ['metadata', 'generation'],
    Number(fieldAt(proxy, 'metadata', 'generation')) + 1,
  )
const COMPLETE = [{ type: 'Progressing', reason: 'NewReplicaSetAvailable' }]
const WHOLE = withValue(proxyOn('1.22.1'), ['status', 'conditions'], COMPLETE)
const scaled = (proxy: JsonObject, replicas: number) => changed(proxy, ['replicas'], replicas)
const relabelled = (proxy: JsonObject, value: string) =>
  changed(proxy, ['template', 'metadata', 'labels', 'version'], value)

t.test('what is only scaled stays rolled out, however often', async t => {
  const { feed, seen } = watched()
  feed.onReplace([WHOLE])
  const twice = scaled(WHOLE, 2)
  feed.onChange(twice)
  feed.onChange(scaled(twice, 3))
  t.strictSame(seen, [true, true, true])
})

t.test(
  'what gets another template is not, scaled or not, until its controller has seen it',
  async t => {
    const { feed, seen } = watched()
    feed.onReplace([WHOLE])
    const other = relabelled(WHOLE, 'second')
    feed.onChange(other)
    const more = scaled(other, 2)
    feed.onChange(more)
    t.strictSame(seen, [true, false, false])
    feed.onChange(rolledOut(more, 2))
    t.strictSame(seen.slice(3), [true])
  },
)

t.test('what goes back to the template before is not, either', async t => {
  const { feed, seen } = watched()
  const first = relabelled(WHOLE, 'first')
  feed.onReplace([rolledOut(first)])
  const second = relabelled(first, 'second')
  feed.onChange(second)
  feed.onChange(relabelled(second, 'first'))
  t.strictSame(seen, [true, false, false])
})

t.test('what comes from a list, or is made anew, has no past', async t => {
  const { feed, seen } = watched()
  feed.onReplace([WHOLE])
  feed.onReplace([scaled(WHOLE, 2)])
  feed.onReplace([WHOLE])
  feed.onRemove(WHOLE)
  feed.onChange(scaled(WHOLE, 2))
  t.strictSame(seen, [true, false, true, false])
})
