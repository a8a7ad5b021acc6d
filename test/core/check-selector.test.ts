import { t } from 'tap'
import { isAskedAbout, isAskedIn, matchesSelector } from '../../src/core/check-selector.ts'
import { rule } from '../harness/evidence.ts'

const one = (operator: string, ...values: readonly string[]) => ({
  matchExpressions: [{ key: 'app', operator, values }],
})

// selector | labels | whether it takes them
const selectors: readonly [unknown, unknown, boolean][] = [
  [undefined, undefined, true],
  [{}, { app: 'a' }, true],
  [{ matchLabels: { app: 'a' } }, { app: 'a' }, true],
  [{ matchLabels: { app: 'a' } }, { app: 'b' }, false],
  [{ matchLabels: { app: 'a' } }, undefined, false],
  [one('In', 'a', 'b'), { app: 'b' }, true],
  [one('In', 'a', 'b'), {}, false],
  [one('NotIn', 'a'), { app: 'a' }, false],
  [one('NotIn', 'a'), {}, true],
  [one('Exists'), { app: '' }, true],
  [one('Exists'), {}, false],
  [one('DoesNotExist'), {}, true],
  [one('DoesNotExist'), { app: 'a' }, false],
  [{ matchLabels: { tier: 'x' }, ...one('Exists') }, { app: 'a' }, false],
]
for (const [selector, labels, takes] of selectors)
  t.test(`${JSON.stringify(selector)} on ${JSON.stringify(labels)}: ${takes}`, async t =>
    t.equal(matchesSelector(selector, labels), takes),
  )

// rules | whether it is asked about Upstreams
const rules: readonly [readonly unknown[], boolean][] = [
  [[], false],
  [[rule('gloo.solo.io', 'upstreams')], true],
  [[rule('gloo.solo.io', 'settings')], false],
  [[rule('apps', 'upstreams')], false],
  [[rule('*', '*')], true],
  [[rule('*', '*/*')], true],
  [[rule('*', 'upstreams/status')], false],
  [[{ ...rule('*', '*'), operations: ['DELETE'] }], false],
  [[{ ...rule('*', '*'), operations: ['*'] }], true],
  [[{ ...rule('*', '*'), operations: ['UPDATE'] }], true],
]
for (const [list, isAsked] of rules)
  t.test(`${JSON.stringify(list)} is asked: ${isAsked}`, async t =>
    t.equal(isAskedAbout({ rules: list }, 'gloo.solo.io', 'upstreams'), isAsked),
  )

t.test('labels of the namespace and of the object both count', async t => {
  const webhook = {
    namespaceSelector: { matchLabels: { team: 'a' } },
    objectSelector: { matchLabels: { app: 'x' } },
  }
  const inside = { metadata: { labels: { team: 'a' } } }
  const object = { metadata: { labels: { app: 'x' } } }
  t.ok(isAskedIn(webhook, inside, object))
  t.notOk(isAskedIn(webhook, {}, object))
  t.notOk(isAskedIn(webhook, inside, {}))
})
