import { t } from 'tap'
import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import { applyWith } from '../../src/cluster/apply.ts'
import { withValue } from '../../src/core/json.ts'
import { planOf } from '../../src/core/plan.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { proxyOn } from '../harness/cluster.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const at = (object: JsonObject) => withValue(object, ['metadata', 'resourceVersion'], '7')
const CHANGE = planOf(at(upstream()), KNOWN)

/** An API server that gives this answer, and what it is asked. */
const answering = (answer: () => JsonObject, ...more: readonly (() => JsonObject)[]) => {
  const asked: ApiRequest[] = []
  const answers = [answer, ...more]
  const request = async (one: ApiRequest) => {
    asked.push(one)
    return (answers[asked.length - 1] ?? answer)()
  }
  return { asked, api: { request } }
}
const stored = () => ({ metadata: { resourceVersion: '8' } })
const thrown = (error: unknown) => () => {
  throw error
}
const failed = (statusCode: number, body: JsonObject = {}, headers = {}) =>
  thrown(new ApiError({ statusCode, headers }, JSON.stringify({ kind: 'Status', ...body })))

t.test('a change is a JSON patch that holds for the version it was planned from', async t => {
  const { asked, api } = answering(stored)
  t.strictSame(await applyWith(api)(CHANGE), { kind: 'written', resourceVersion: '8' })
  t.equal(asked.length, 1)
  t.strictSame(asked[0], {
    method: 'PATCH',
    path: '/apis/gloo.solo.io/v1/namespaces/gloo-system/upstreams/default-details-9080',
    query: { fieldManager: 'gloo-istio', dryRun: undefined },
    body: [{ op: 'replace', path: '/metadata/resourceVersion', value: '7' }, ...CHANGE.patch],
    contentType: 'application/json-patch+json',
  })
  t.ok(CHANGE.patch.length > 0)
})

t.test('a dry run asks for one', async t => {
  const { asked, api } = answering(stored)
  await applyWith(api, { dryRun: true })(CHANGE)
  t.match(asked[0]?.query, { dryRun: 'All' })
})

const bootstrap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'gloo-system', name: 'c' },
}
const odd = withValue(upstream(), ['metadata', 'name'], 'a/../b')
// object | where it is
const places: readonly [string, JsonObject, string][] = [
  [
    'a Deployment',
    proxyOn('1.0.0'),
    '/apis/apps/v1/namespaces/gloo-system/deployments/gateway-proxy',
  ],
  [
    'a DaemonSet',
    { ...proxyOn('1.0.0'), kind: 'DaemonSet' },
    '/apis/apps/v1/namespaces/gloo-system/daemonsets/gateway-proxy',
  ],
  ['a ConfigMap', bootstrap, '/api/v1/namespaces/gloo-system/configmaps/c'],
  ['a name out of place', odd, '/apis/gloo.solo.io/v1/namespaces/gloo-system/upstreams/a%2F..%2Fb'],
]
for (const [title, object, path] of places)
  t.test(`${title} is written at ${path}`, async t => {
    const { asked, api } = answering(stored)
    await applyWith(api)(planOf(at(object), KNOWN))
    t.equal(asked[0]?.path, path)
  })

const lost = new Error('socket hang up')
const busy = { details: { retryAfterSeconds: 5 } }
// what the API server answers | what became of the change
const outcomes: readonly [string, () => JsonObject, JsonObject][] = [
  ['409', failed(409, { reason: 'Conflict' }), { kind: 'conflict' }],
  ['404', failed(404), { kind: 'gone' }],
  ['422', failed(422, { message: 'no' }), { kind: 'refused', error: { message: 'no' } }],
  ['403', failed(403), { kind: 'refused', error: { statusCode: 403 } }],
  ['400', failed(400), { kind: 'refused' }],
  ['429', failed(429), { kind: 'unavailable', retryAfterSeconds: 1 }],
  [
    '429 and a time',
    failed(429, {}, { 'retry-after': '7' }),
    { kind: 'unavailable', retryAfterSeconds: 7 },
  ],
  ['500 and a time', failed(500, busy), { kind: 'unavailable', retryAfterSeconds: 5 }],
  ['503', failed(503), { kind: 'unavailable', retryAfterSeconds: 1 }],
  ['nothing', thrown(lost), { kind: 'unavailable', error: lost, retryAfterSeconds: 1 }],
  ['no error', thrown('odd'), { kind: 'unavailable', error: { message: 'odd' } }],
]
for (const [title, answer, outcome] of outcomes)
  t.test(`an API server that answers ${title} makes a change ${String(outcome['kind'])}`, async t =>
    t.match(await applyWith(answering(answer).api)(CHANGE), outcome),
  )

// what the API server says of the version alone | what became of the change
const invalid: readonly [string, () => JsonObject, string][] = [
  ['of the version that it was planned for', stored, 'refused'],
  ['that somebody else wrote first', failed(409), 'conflict'],
  ['of which nothing can be told', failed(503), 'refused'],
]
for (const [title, second, kind] of invalid)
  t.test(`a patch that does not fit an object ${title} is ${kind}`, async t => {
    const { asked, api } = answering(failed(422, { message: 'does not fit' }), second)
    t.match(await applyWith(api)(CHANGE), { kind })
    t.equal(asked.length, 2)
    t.match(asked[1], { path: asked[0]?.path, method: 'PATCH', query: { dryRun: 'All' } })
    t.strictSame(asked[1]?.body, [{ op: 'replace', path: '/metadata/resourceVersion', value: '7' }])
  })

t.test('what is none of ours is not asked for', async t => {
  const { asked, api } = answering(stored)
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name: 'b' } }
  const outcome = await applyWith(api)({ ...CHANGE, object: service })
  t.notMatch(outcome, { kind: 'written' })
  t.strictSame(asked, [])
})
