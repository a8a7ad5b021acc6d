import { t } from 'tap'
import { field, fieldAt } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { type Render, render, webhooksOf } from './chart.ts'

const NAME = 'kubernetes.io/metadata.name'
const excluding = (...values: readonly string[]) => ({ key: NAME, operator: 'NotIn', values })
const system = ['kube-system', 'kube-public', 'kube-node-lease']

const selectorsOf = async (options: Render) =>
  webhooksOf(await render(options)).map(webhook => field(webhook, 'namespaceSelector'))

const conditionsOf = async (options: Render) =>
  webhooksOf(await render(options)).map(webhook => field(webhook, 'matchConditions'))

await t.test('what is sent', { skip: skipUnless('helm') }, async t => {
  for (const [title, options, selector] of [
    [
      'all but what Kubernetes and the process live on',
      {},
      { matchExpressions: [excluding(...system, 'mesh')] },
    ],
    [
      'of its namespace, too, where that is said',
      { set: ['webhook.excludeReleaseNamespace=false'] },
      { matchExpressions: [excluding(...system)] },
    ],
    [
      'of its namespace, too, with a process outside',
      { values: 'url' },
      { matchExpressions: [excluding(...system)] },
    ],
    [
      'everything, where that is said',
      { set: ['webhook.excludeReleaseNamespace=false', 'webhook.excludedNamespaces=null'] },
      {},
    ],
    [
      'what the user selects, but for what is excluded',
      { values: 'passed-on' },
      {
        matchLabels: { 'example.com/gateways': 'yes' },
        matchExpressions: [
          excluding('legacy'),
          excluding('kube-system', 'cattle-system', 'gateways'),
        ],
      },
    ],
    [
      'of a namespace that is named twice nothing',
      { set: ['webhook.excludedNamespaces={mesh,kube-system}'] },
      { matchExpressions: [excluding('mesh', 'kube-system')] },
    ],
  ] as const)
    await t.test(title, async t => {
      t.same(await selectorsOf(options), [selector, selector, selector])
    })

  await t.test('is sorted out by the API server from 1.28 on, unless that is off', async t => {
    t.same(await conditionsOf({ version: '1.27' }), [undefined, undefined, undefined])
    for (const conditions of await conditionsOf({ version: '1.28' }))
      t.match(conditions, [{ name: 'not-status-only' }, { name: 'not-our-own-write' }])
    const off = await conditionsOf({ set: ['webhook.matchConditions.enabled=false'] })
    t.same(off, [undefined, undefined, undefined])
  })

  await t.test('leaves out no writes of an account that others share', async t => {
    for (const conditions of await conditionsOf({ set: ['serviceAccount.create=false'] })) {
      t.match(conditions, [{ name: 'not-status-only' }])
      t.equal(Array.isArray(conditions) && conditions.length, 1)
    }
  })

  await t.test('is told by a configuration that others may label and annotate', async t => {
    const configuration = (await render({ values: 'passed-on' })).get(
      'MutatingWebhookConfiguration',
    )
    t.match(fieldAt(configuration, 'metadata'), {
      labels: { 'example.com/kind': 'admission', 'app.kubernetes.io/component': 'webhook' },
      annotations: { 'example.com/owner': 'gateway', 'admissions.enforcer/disabled': 'true' },
    })
  })
})
