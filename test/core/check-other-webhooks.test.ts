import { t } from 'tap'
import { OTHER_WEBHOOK_CHECKS } from '../../src/core/check-other-webhooks.ts'
import { endpoints, type Row, registration, rule, testRows } from '../harness/evidence.ts'

const theirs = (more: object) => ({
  metadata: { name: 'theirs' },
  webhooks: [{ name: 'theirs.example.com', rules: [rule('*', '*')], ...more }],
})
const beside = (more: object) => ({
  objects: { mutatingWebhooks: [registration(), theirs(more)] },
})
const validating = (more: object, ...endpointSlices: readonly object[]) => ({
  objects: {
    validatingWebhooks: [
      theirs({ clientConfig: { service: { namespace: 'gloo-system', name: 'gloo' } }, ...more }),
    ],
    endpointSlices: endpointSlices.map(one => ({ ...one })),
  },
})
const event = { involvedObject: { namespace: 'a', name: 'b' }, message: 'somebody [Contested]' }
const daemonSet = (objects: readonly object[]) =>
  objects.map(one =>
    'kind' in one && one.kind === 'Deployment' ? { ...one, kind: 'DaemonSet' } : { ...one },
  )

const rows: readonly Row[] = [
  ['webhook-others', {}, 'passed', 'no other mutating webhook'],
  ['webhook-others', beside({}), 'warning', 'theirs.example.com (Upstreams and proxies)'],
  [
    'webhook-others',
    beside({ rules: [rule('apps', 'deployments')] }),
    'warning',
    'theirs.example.com (proxies)',
  ],
  [
    'webhook-others',
    { ...beside({ rules: [rule('apps', 'daemonsets')] }), after: daemonSet },
    'warning',
    'theirs.example.com (proxies)',
  ],
  ['webhook-others', beside({ rules: [rule('', 'pods')] }), 'passed', 'no other'],
  [
    'webhook-others',
    beside({ namespaceSelector: { matchLabels: { team: 'a' } } }),
    'passed',
    'no other',
  ],
  ['webhook-gloo-validation', {}, 'skipped', 'nobody validates'],
  [
    'webhook-gloo-validation',
    validating({ failurePolicy: 'Fail' }, endpoints('gloo-system', 'gloo', true)),
    'passed',
    'is there',
  ],
  ['webhook-gloo-validation', validating({ failurePolicy: 'Ignore' }), 'passed', 'is there'],
  [
    'webhook-gloo-validation',
    validating({ failurePolicy: 'Fail' }, endpoints('gloo-system', 'gloo', false)),
    'failed',
    'gloo-system/gloo, which validates Upstreams, has no ready endpoint',
  ],
  [
    'webhook-gloo-validation',
    validating({ failurePolicy: 'Fail' }, endpoints('gloo-system', 'other', true)),
    'failed',
    'has no ready endpoint',
  ],
  ['webhook-contested', {}, 'passed', 'no Event'],
  [
    'webhook-contested',
    { objects: { contestedEvents: [event, event] } },
    'warning',
    /^a\/b: somebody \[Contested\]$/,
  ],
]

testRows(t, OTHER_WEBHOOK_CHECKS, rows)
