import { Writable } from 'node:stream'
import { t } from 'tap'
import { ReviewError } from '../../src/core/errors.ts'
import { recordError, recordReviewed } from '../../src/core/record.ts'
import { review } from '../../src/core/review.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { recordWith } from '../../src/telemetry/record.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'

const FACTS = facts(mesh('a.b'))
const recordOf = (object: object) => recordReviewed(review(JSON.stringify(reviewOf(object)), FACTS))

const recorder = () => {
  const lines: Record<string, unknown>[] = []
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  const metrics = createMetrics()
  return { lines, metrics, record: recordWith(createLog('info', destination), metrics) }
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

t.test('our own fault is an error with its cause', async t => {
  const { lines, record } = recorder()
  record(recordError(new ReviewError('GLOO_ISTIO_ERR_INTERNAL')), 0, new TypeError('why'))
  t.match(lines[0], { level: 'error', outcome: 'failed', err: { message: 'why' } })
})

t.test('the outcomes are disjoint and add up to all reviews', async t => {
  const { metrics, record } = recorder()
  const records = [
    recordOf(upstream()),
    recordOf(upstream({}, {})),
    recordError(new ReviewError('GLOO_ISTIO_ERR_NOT_JSON')),
    recordError(new ReviewError('GLOO_ISTIO_ERR_INTERNAL')),
  ]
  for (const each of records) record(each, 0.001)
  const text = await metrics.text()
  const counts = [...text.matchAll(/^gloo_istio_reviews_total\{.*outcome="(\w+)".*\} (\d+)$/gm)]
  t.strictSame(
    counts.map(([, outcome, count]) => `${outcome} ${count}`),
    ['mutated 1', 'skipped 1', 'invalid 1', 'failed 1'],
  )
  t.match(
    text,
    'gloo_istio_reviews_total{kind="Upstream",operation="CREATE",outcome="mutated",reason="MtlsEnabled"} 1',
  )
  const observed = [...text.matchAll(/^gloo_istio_review_duration_seconds_count\{.*\} (\d+)$/gm)]
  t.equal(
    observed.reduce((sum, [, count]) => sum + Number(count), 0),
    records.length,
  )
})

t.test('further notices are counted by reason', async t => {
  const { metrics, record } = recorder()
  const notices = [{ reason: 'UnknownMesh', message: 'm', level: 'warning' }] as const
  record({ ...recordOf(upstream()), notices }, 0)
  t.match(await metrics.text(), 'gloo_istio_notices_total{kind="Upstream",reason="UnknownMesh"} 1')
  t.match(metrics.contentType, 'text/plain')
})
