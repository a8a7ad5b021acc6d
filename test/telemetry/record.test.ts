import { Writable } from 'node:stream'
import { t } from 'tap'
import { ReviewError } from '../../src/core/errors.ts'
import { recordError, recordReviewed } from '../../src/core/record.ts'
import { review } from '../../src/core/review.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { createLog, LOG_LEVELS, type LogLevel } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { recordWith } from '../../src/telemetry/record.ts'
import { ENABLED, facts, mesh, reviewOf, upstream } from '../harness/build.ts'

/** A proxy of Gloo with more in its container. */
const proxyOf = (more: JsonObject): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'gateway-proxy', labels: { gloo: 'gateway-proxy' }, annotations: ENABLED },
  spec: {
    template: {
      metadata: { labels: { gloo: 'gateway-proxy' } },
      spec: {
        containers: [
          { name: 'gateway-proxy', image: 'quay.io/solo-io/gloo-envoy-wrapper:1.0.0', ...more },
        ],
      },
    },
  },
})

const configMapOf = (text: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'gateway-proxy-envoy-config',
    labels: { gloo: 'gateway-proxy' },
    annotations: ENABLED,
  },
  data: { 'envoy.yaml': text },
})

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

const FACTS = facts(mesh('a.b'))
const recordOf = (object: object) => recordReviewed(review(JSON.stringify(reviewOf(object)), FACTS))

const recorder = (level: LogLevel = 'info') => {
  const lines: Record<string, unknown>[] = []
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  const metrics = createMetrics()
  return { lines, metrics, record: recordWith(createLog(level, destination), metrics) }
}

t.test('one line a review, and in it the pair that the user sees', async t => {
  const { lines, record } = recorder()
  record(recordOf(upstream({ token: 'hunter2' })), 0.0012345)
  t.equal(lines.length, 1)
  t.match(lines[0], {
    level: 'info',
    msg: 'reviewed',
    reason: 'MtlsEnabled',
    outcome: 'mutated',
    milliseconds: 1.235,
  })
  t.notMatch(JSON.stringify(lines), 'hunter2')
})

t.test('the line holds just what is known of a review', async t => {
  const { lines, record } = recorder()
  record(recordOf(upstream()), 0)
  t.strictSame(Object.keys(lines[0] ?? {}).toSorted(), [
    'dryRun',
    'kind',
    'level',
    'message',
    'milliseconds',
    'msg',
    'name',
    'namespace',
    'notices',
    'operation',
    'outcome',
    'patchOperations',
    'reason',
    'time',
    'uid',
  ])
  t.match(lines[0]?.['time'], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

const SECRET = 'hunter2-c2VjcmV0'

/** Wherever an object may hold a secret; `field` is the object with the secret there. */
const hidden: readonly (readonly [string, JsonObject])[] = [
  ['spec', upstream({ spec: { password: SECRET, kube: { serviceName: SECRET } } })],
  ['an annotation', upstream({}, { ...ENABLED, 'example.com/token': SECRET })],
  ['a label', upstream({ metadata: { labels: { token: SECRET }, annotations: ENABLED } })],
  ['the name of a field', upstream({ [SECRET]: { [SECRET]: [] } })],
  ['status', upstream({ status: { reason: SECRET } })],
  ['an sslConfig of another', upstream({ spec: { sslConfig: { secretRef: { name: SECRET } } } })],
  [
    'the environment of a proxy',
    proxyOf({ env: [{ name: 'TOKEN', value: SECRET }], args: [`--token=${SECRET}`] }),
  ],
  ['a bootstrap', configMapOf(`admin:\n  access_log_path: ${SECRET}\nnode: [`)],
]
for (const [where, object] of hidden)
  for (const level of LOG_LEVELS)
    t.test(`a secret in ${where} reaches no log of level ${level}, and no metric`, async t => {
      const { lines, metrics, record } = recorder(level)
      const reviewed = review(JSON.stringify(reviewOf(object)), FACTS)
      t.match(JSON.stringify(reviewed.object), SECRET, 'it is in the object')
      record(recordReviewed(reviewed), 0)
      t.notMatch(JSON.stringify(lines), SECRET)
      t.notMatch(await metrics.text(), SECRET)
      t.equal(lines.length, ['debug', 'info'].includes(level) ? 1 : 0)
    })

const broken: readonly (readonly [string, string])[] = [
  ['no JSON', `{"password": "${SECRET}", }`],
  ['JSON that ends too early', `{"password": "${SECRET}"`],
  ['a review of a list', JSON.stringify(reviewOf([{ password: SECRET }]))],
  ['a review that is none', JSON.stringify({ kind: 'Secret', data: { password: SECRET } })],
]
for (const [what, body] of broken)
  t.test(`a secret in ${what} reaches no log`, async t => {
    const { lines, record } = recorder('debug')
    const error = thrownBy(() => review(body, FACTS))
    if (!(error instanceof ReviewError)) throw error
    record(recordError(error), 0)
    t.equal(lines.length, 1)
    t.notMatch(JSON.stringify(lines), SECRET)
  })

t.test('names that are none fill neither the log nor its lines', async t => {
  const { lines, record } = recorder()
  const long = 'x'.repeat(1_000_000)
  record({ ...recordOf(upstream()), uid: `1\n2${long}`, name: long, namespace: long }, 0)
  t.equal(lines.length, 1)
  t.ok(JSON.stringify(lines).length < 2000)
  t.match(lines[0]?.['uid'], /^1\n2x{250}$/)
})

t.test('where traces are sent, each review is also a span', async t => {
  const spans: unknown[] = []
  const traces = { record: (...span: unknown[]) => void spans.push(span) }
  const record = recordWith(createLog('silent'), createMetrics(), traces)
  const reviewed = recordOf(upstream())
  record(reviewed, 0.5, undefined, 'parent')
  t.strictSame(spans, [[reviewed, 0.5, 'parent']])
})

t.test('our own fault is an error with its cause', async t => {
  const { lines, record } = recorder()
  record(recordError(new ReviewError('GLOO_ISTIO_ERR_INTERNAL')), 0, new TypeError('why'))
  t.match(lines[0], { level: 'error', outcome: 'failed', err: { message: 'why' } })
})

t.test('further notices are counted by reason', async t => {
  const { metrics, record } = recorder()
  const notices = [{ reason: 'UnknownMesh', message: 'm', level: 'warning' }] as const
  record({ ...recordOf(upstream()), notices }, 0)
  t.match(await metrics.text(), 'gloo_istio_notices_total{kind="Upstream",reason="UnknownMesh"} 1')
  t.match(metrics.contentType, 'text/plain')
})
