import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import { SamplingDecision } from '@opentelemetry/sdk-trace'
import { t } from 'tap'
import { type Environment, samplerOf } from '../../src/telemetry/sampler.ts'

const LOW = '00000000000000000000000000000001'
const HIGH = '000000000000000000000000ffffffff'

type Parent = 'none' | 'sampled' | 'not sampled'

const contextOf = (parent: Parent) =>
  parent === 'none'
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: LOW,
        spanId: '00f067aa0ba902b7',
        traceFlags: parent === 'sampled' ? TraceFlags.SAMPLED : TraceFlags.NONE,
        isRemote: true,
      })

const sampledBy = (env: Environment, parent: Parent, traceId = LOW) => {
  const warnings: string[] = []
  const sampler = samplerOf(env, message => void warnings.push(message))
  const { decision } = sampler.shouldSample(
    contextOf(parent),
    traceId,
    'review',
    SpanKind.SERVER,
    {},
    [],
  )
  return { isSampled: decision === SamplingDecision.RECORD_AND_SAMPLED, warnings }
}

// Sampler, its argument, then: without a parent, with one that is sampled, with one that is not.
const samplers: readonly [string, string, boolean, boolean, boolean][] = [
  ['', '', true, true, false],
  ['always_on', '', true, true, true],
  ['always_off', '', false, false, false],
  ['traceidratio', '', true, true, true],
  ['traceidratio', '0', false, false, false],
  ['parentbased_always_on', '', true, true, false],
  ['parentbased_always_off', '', false, true, false],
  ['parentbased_traceidratio', '0', false, true, false],
  ['parentbased_traceidratio', '1', true, true, false],
]
for (const [name, argument, ...expected] of samplers)
  t.test(`${name || 'by default'} ${argument}`, async t => {
    const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument }
    const parents = ['none', 'sampled', 'not sampled'] as const
    const found = parents.map(parent => sampledBy(env, parent))
    t.strictSame(
      found.map(({ isSampled }) => isSampled),
      expected,
    )
    t.strictSame(
      found.flatMap(({ warnings }) => warnings),
      [],
    )
  })

t.test('a ratio goes by the id of the trace, alike in every process', async t => {
  const env = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' }
  t.equal(sampledBy(env, 'none', LOW).isSampled, true)
  t.equal(sampledBy(env, 'none', HIGH).isSampled, false)
})

for (const [env, warning] of [
  [
    { OTEL_TRACES_SAMPLER: 'sometimes' },
    /^OTEL_TRACES_SAMPLER is sometimes: use one of always_on, /,
  ],
  [{ OTEL_TRACES_SAMPLER: 'constructor' }, /parentbased_always_on is taken$/],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'half' },
    /^OTEL_TRACES_SAMPLER_ARG is half: use a number from 0 to 1; 1 is taken$/,
  ],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.5' },
    /^OTEL_TRACES_SAMPLER_ARG is 1.5/,
  ],
] as const)
  t.test(`${JSON.stringify(env)} is told of, and what is usual taken`, async t => {
    const { isSampled, warnings } = sampledBy(env, 'none')
    t.equal(isSampled, true)
    t.equal(warnings.length, 1)
    t.match(warnings[0], warning)
  })
