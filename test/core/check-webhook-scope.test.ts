import { t } from 'tap'
import { WEBHOOK_SCOPE_CHECKS } from '../../src/core/check-webhook-scope.ts'
import { type Row, registeredWith, testRows } from '../harness/evidence.ts'

const registered = (more: object) => ({
  objects: { mutatingWebhooks: [registeredWith({ ...more })] },
})
const everywhere = { namespaceSelector: { matchExpressions: [] } }

const rows: readonly Row[] = [
  ['webhook-failure-policy', {}, 'passed', 'Ignore'],
  [
    'webhook-failure-policy',
    registered({ failurePolicy: 'Fail' }),
    'warning',
    'refused, Gloo’s own too, by upstreams.gloo-istio.io',
  ],
  ['webhook-namespaces', {}, 'passed', 'kube-system, kube-node-lease, gloo-istio are left out'],
  [
    'webhook-namespaces',
    registered(everywhere),
    'warning',
    'writes in kube-system, kube-node-lease, gloo-istio',
  ],
  [
    'webhook-namespaces',
    registered({ ...everywhere, clientConfig: { url: 'https://example.com/mutate' } }),
    'warning',
    /writes in kube-system, kube-node-lease:/,
  ],
  ['webhook-timeout', {}, 'passed', 'waits 5 s at most'],
  ['webhook-timeout', registered({ timeoutSeconds: undefined }), 'passed', 'waits 10 s at most'],
  ['webhook-timeout', registered({ timeoutSeconds: 30 }), 'warning', 'may wait 30 s'],
]

testRows(t, WEBHOOK_SCOPE_CHECKS, rows)
