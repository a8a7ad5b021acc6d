import { t } from 'tap'
import { WEBHOOK_CHECKS } from '../../src/core/check-webhook.ts'
import {
  endpoints,
  hook,
  type Row,
  registeredWith,
  registration,
  rule,
  testRows,
} from '../harness/evidence.ts'

const registered = (...mutatingWebhooks: readonly object[]) => ({
  objects: { mutatingWebhooks: mutatingWebhooks.map(one => ({ ...one })) },
})
const nobody = registered()
const byUrl = registered(registeredWith({ clientConfig: { url: 'https://example.com/mutate' } }))
const tried = (kind: 'answered' | 'unanswered' | 'failed', text: string, stage = 'inject') => ({
  told: { stage: stage as 'inject' },
  more: { trial: { kind, namespace: 'gloo-system', text } },
})

const rows: readonly Row[] = [
  ['webhook-configuration', {}, 'passed', 'gloo-istio.gloo-istio is there'],
  ['webhook-configuration', nobody, 'failed', 'gloo-istio.gloo-istio is not there'],
  ['webhook-rules', {}, 'passed', 'about Upstreams, Deployments'],
  ['webhook-rules', nobody, 'skipped', 'not registered'],
  [
    'webhook-rules',
    registered(registration([hook('upstreams', { rules: [rule('gloo.solo.io', 'upstreams')] })])),
    'failed',
    'not asked about deployments, daemonsets, configmaps',
  ],
  ['webhook-service', {}, 'passed', 'Service gloo-istio/gloo-istio is there'],
  ['webhook-service', byUrl, 'skipped', 'a URL'],
  [
    'webhook-service',
    { objects: { releaseServices: [] } },
    'failed',
    'Service gloo-istio/gloo-istio, which the API server is to call, is not there',
  ],
  ['webhook-endpoints', {}, 'passed', '1 ready'],
  ['webhook-endpoints', byUrl, 'skipped', 'a URL'],
  ['webhook-endpoints', { objects: { endpointSlices: [] } }, 'failed', 'no ready endpoint'],
  [
    'webhook-endpoints',
    { objects: { endpointSlices: [endpoints('gloo-istio', 'gloo-istio', false)] } },
    'failed',
    'no ready endpoint',
  ],
  [
    'webhook-endpoints',
    { objects: { endpointSlices: [endpoints('other', 'gloo-istio', true)] } },
    'failed',
    'no ready endpoint',
  ],
  ['webhook-answers', {}, 'passed', 'tried out in gloo-system was filled'],
  ['webhook-answers', { more: { trial: undefined } }, 'skipped', 'no Upstreams to try'],
  ['webhook-answers', tried('unanswered', 'nobody\nsee'), 'failed', /^nobody$/],
  ['webhook-answers', tried('failed', ''), 'failed', /^$/],
  ['webhook-answers', tried('answered', 'no [Reason]'), 'warning', 'was not filled: no [Reason]'],
  ['webhook-answers', tried('answered', 'would', 'warn'), 'passed', 'and fills nothing: would'],
  ['webhook-alone', {}, 'passed', 'no other gloo-istio'],
  [
    'webhook-alone',
    registered(registration(), registration([], 'gloo-istio.other')),
    'warning',
    'gloo-istio.other',
  ],
]

testRows(t, WEBHOOK_CHECKS, rows)
