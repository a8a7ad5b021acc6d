import fc from 'fast-check'
import { t } from 'tap'
import { ERRORS, type ErrorCode, ReviewError } from '../../src/core/errors.ts'
import { REASONS, type Reason } from '../../src/core/reasons.ts'
import { type ReviewRecord, recordError } from '../../src/core/record.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200)

const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>) => Object.keys(table) as K[]

const refused = fc
  .constantFrom<ErrorCode>(...keysOf(ERRORS))
  .map(code => recordError(new ReviewError(code)))

const reviewed: fc.Arbitrary<ReviewRecord> = fc
  .record({
    uid: fc.uuid(),
    kind: fc.constantFrom('Upstream', 'Deployment', 'DaemonSet', 'ConfigMap', ''),
    operation: fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
    namespace: fc.string({ minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    dryRun: fc.boolean(),
    outcome: fc.constantFrom('mutated' as const, 'skipped' as const, 'observed' as const),
    reason: fc.constantFrom<Reason>(...keysOf(REASONS)),
    message: fc.string(),
    patchOperations: fc.nat(100),
  })
  .map(record => ({ ...record, notices: [] }))

const anyReview = (): ReviewRecord => {
  const [one] = fc.sample(reviewed, 1)
  if (one === undefined) throw new Error('fast-check samples nothing')
  return one
}

const record = fc.oneof(refused, reviewed)

type Sample = readonly [labels: string, value: number]

const samplesOf = (text: string, name: string): readonly Sample[] =>
  [...text.matchAll(new RegExp(`^gloo_istio_${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))].map(
    ([, labels = '', value]) => [labels, Number(value)],
  )
const sumOf = (samples: readonly Sample[]) => samples.reduce((sum, [, value]) => sum + value, 0)
const outcomesOf = (samples: readonly Sample[]) => {
  const sums = new Map<string, number>()
  for (const [labels, value] of samples) {
    const outcome = /outcome="(\w+)"/.exec(labels)?.[1] ?? ''
    sums.set(outcome, (sums.get(outcome) ?? 0) + value)
  }
  return Object.fromEntries(sums)
}

t.test('whatever comes, the outcomes exclude each other and add up to all reviews', async t => {
  const check = fc.asyncProperty(
    fc.array(fc.tuple(record, fc.double({ min: 0, max: 30, noNaN: true })), { maxLength: 50 }),
    async records => {
      const metrics = createMetrics()
      for (const [each, seconds] of records) metrics.recordReview(each, seconds)
      const text = await metrics.text()
      const counted = samplesOf(text, 'reviews_total')
      const expected = Map.groupBy(records, ([{ outcome }]) => outcome)
      t.equal(sumOf(counted), records.length)
      t.strictSame(
        outcomesOf(counted),
        Object.fromEntries([...expected].map(([outcome, all]) => [outcome, all.length])),
      )
      t.strictSame(
        outcomesOf(samplesOf(text, 'review_duration_seconds_count')),
        outcomesOf(counted),
        'each is timed once',
      )
    },
  )
  await fc.assert(check, { numRuns: RUNS })
})

t.test('all six outcomes are counted under their names', async t => {
  const metrics = createMetrics()
  const errors: readonly ErrorCode[] = [
    'GLOO_ISTIO_ERR_NOT_JSON',
    'GLOO_ISTIO_ERR_INTERNAL',
    'GLOO_ISTIO_ERR_BUSY',
  ]
  for (const code of errors) metrics.recordReview(recordError(new ReviewError(code)), 0.001)
  const one = anyReview()
  for (const outcome of ['mutated', 'skipped', 'observed'] as const)
    metrics.recordReview({ ...one, outcome }, 0.001)
  t.strictSame(outcomesOf(samplesOf(await metrics.text(), 'reviews_total')), {
    failed: 1,
    invalid: 1,
    mutated: 1,
    observed: 1,
    shed: 1,
    skipped: 1,
  })
})

t.test('names, messages and uids are in no label', async t => {
  const metrics = createMetrics()
  const mark = 'tenant-of-example-com'
  const check = fc.property(reviewed, each =>
    metrics.recordReview({ ...each, uid: mark, namespace: mark, name: mark, message: mark }, 0),
  )
  fc.assert(check, { numRuns: 50 })
  t.notMatch(await metrics.text(), mark)
})

t.test('durations from 0.25 ms to 2.5 s can be told apart', async t => {
  const metrics = createMetrics()
  const one = anyReview()
  for (const seconds of [0.0002, 0.0004, 2, 20])
    metrics.recordReview({ ...one, outcome: 'skipped' }, seconds)
  const buckets = samplesOf(await metrics.text(), 'review_duration_seconds_bucket').map(
    ([labels, value]) => [/le="([^"]+)"/.exec(labels)?.[1], value],
  )
  t.strictSame(buckets.slice(0, 2), [
    ['0.00025', 1],
    ['0.0005', 2],
  ])
  t.strictSame(buckets.slice(-2), [
    ['2.5', 3],
    ['+Inf', 4],
  ])
})

t.test('the operations of patches are counted, but for empty ones', async t => {
  const metrics = createMetrics()
  const one = anyReview()
  for (const patchOperations of [0, 1, 3]) metrics.recordReview({ ...one, patchOperations }, 0)
  const text = await metrics.text()
  t.equal(sumOf(samplesOf(text, 'patch_operations_count')), 2)
  t.equal(sumOf(samplesOf(text, 'patch_operations_sum')), 4)
})
