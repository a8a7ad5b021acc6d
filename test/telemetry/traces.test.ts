import { once } from 'node:events'
import { registerHooks } from 'node:module'
import { createServer } from 'node:net'
import { t } from 'tap'
import { ReviewError } from '../../src/core/errors.ts'
import { recordError, recordReviewed } from '../../src/core/record.ts'
import { review } from '../../src/core/review.ts'
import { openTraces } from '../../src/telemetry/traces.ts'
import { facts, mesh, reviewOf, upstream } from '../harness/build.ts'
import { startTraceCollector } from '../stand-ins/trace-collector.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const RECORD = recordReviewed(review(JSON.stringify(reviewOf(upstream())), facts(mesh('a.b'))))
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'

const loaded: string[] = []
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier.startsWith('@opentelemetry/')) loaded.push(specifier)
    return next(specifier, context)
  },
})

type Variables = Readonly<Record<string, string>>

/** Traces by variables that are there as long as the test lasts: the packages read them, too. */
const opened = async (t: Tap, variables: Variables) => {
  Object.assign(process.env, variables)
  t.teardown(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  const traces = await openTraces({ env: process.env, version: '1.2.3', warn, now: () => NOW })
  return { warnings, traces }
}
type Tap = { readonly teardown: (end: () => unknown) => void }

const collected = async (t: Tap, more: Variables = {}) => {
  const collector = await startTraceCollector()
  t.teardown(() => collector.close())
  const { traces, warnings } = await opened(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...more,
  })
  if (traces === undefined) throw new Error(`no traces: ${warnings.join()}`)
  return { collector, traces, warnings }
}

const off: readonly [string, Variables][] = [
  ['no endpoint is set', {}],
  ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  [
    'OTEL_SDK_DISABLED is true',
    { OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  ],
  [
    'OTEL_TRACES_EXPORTER is none',
    { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1' },
  ],
]
for (const [title, variables] of off)
  t.test(`nothing is loaded when ${title}`, async t => {
    const { traces, warnings } = await opened(t, variables)
    t.equal(traces, undefined)
    t.strictSame(warnings, [])
    t.strictSame(loaded, [])
  })

const wrong: readonly [Variables, RegExp][] = [
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    /^OTEL_EXPORTER_OTLP_ENDPOINT is not an address: write http/,
  ],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'unix:/run/otel.sock' },
    /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not/,
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    /^OTEL_EXPORTER_OTLP_PROTOCOL is grpc: only http\/protobuf is spoken.*no traces are sent$/,
  ],
]
for (const [variables, warning] of wrong)
  t.test(`${JSON.stringify(variables)} is told of and not followed`, async t => {
    const { traces, warnings } = await opened(t, variables)
    t.equal(traces, undefined)
    t.equal(warnings.length, 1)
    t.match(warnings[0], warning)
    t.strictSame(loaded, [], 'nothing is loaded')
  })

t.test('a review is one span, with what became of it and no name of an object', async t => {
  const { collector, traces } = await collected(t)
  traces.record(RECORD, 0.00125)
  await traces.close()
  const [span, ...more] = collector.spans
  t.strictSame(more, [])
  t.match(span, { name: 'review', kind: 2, parentSpanId: '', traceId: /^[0-9a-f]{32}$/ })
  t.equal(span?.status?.code ?? 0, 0, 'no error')
  t.strictSame(span?.attributes, {
    'gloo_istio.uid': 'a3e1',
    'gloo_istio.kind': 'Upstream',
    'gloo_istio.operation': 'CREATE',
    'gloo_istio.outcome': 'mutated',
    'gloo_istio.reason': 'MtlsEnabled',
    'gloo_istio.dry_run': false,
  })
  t.equal(span?.endNanoseconds, BigInt(NOW) * 1_000_000n)
  t.ok(span && span.endNanoseconds - span.startNanoseconds === 1_250_000n, 'took 1.25 ms')
  t.match(span?.resource, { 'service.name': 'gloo-istio', 'service.version': '1.2.3' })
  t.strictSame(
    collector.requests.map(({ url }) => url),
    ['/v1/traces'],
  )
})

t.test('our own failure is an error, a fault of the caller is not', async t => {
  const { collector, traces } = await collected(t)
  traces.record(recordError(new ReviewError('GLOO_ISTIO_ERR_INTERNAL')), 0)
  traces.record(recordError(new ReviewError('GLOO_ISTIO_ERR_NOT_JSON')), 0)
  await traces.close()
  t.strictSame(
    collector.spans.map(({ status }) => [status?.code ?? 0, status?.message ?? '']),
    [
      [2, 'GLOO_ISTIO_ERR_INTERNAL'],
      [0, ''],
    ],
  )
})

t.test('the parent is the span of the API server, where it sends one', async t => {
  const { collector, traces } = await collected(t)
  traces.record(RECORD, 0, `00-${TRACE}-${PARENT}-01`)
  traces.record(RECORD, 0, 'no traceparent')
  traces.record(RECORD, 0, `00-${TRACE}-${PARENT}-00`)
  await traces.close()
  t.equal(collector.spans.length, 2, 'what the API server does not sample is not sent')
  t.match(collector.spans[0], { traceId: TRACE, parentSpanId: PARENT })
  t.equal(collector.spans[1]?.parentSpanId, '')
  t.not(collector.spans[1]?.traceId, TRACE)
})

t.test('a uid as long as the body is cut', async t => {
  const { collector, traces } = await collected(t)
  traces.record({ ...RECORD, uid: 'x'.repeat(1_000_000) }, 0)
  await traces.close()
  t.equal(collector.spans[0]?.attributes['gloo_istio.uid'], 'x'.repeat(256))
})

t.test('who we are and what the collector is told follow the variables', async t => {
  const { collector, traces } = await collected(t, {
    OTEL_SERVICE_NAME: 'mine',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=not-this,k8s.pod.name=gloo-istio-0',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=example',
  })
  traces.record(RECORD, 0)
  await traces.close()
  t.match(collector.spans[0]?.resource, {
    'service.name': 'mine',
    'k8s.pod.name': 'gloo-istio-0',
  })
  t.equal(collector.requests[0]?.headers['x-tenant'], 'example')
})

t.test('an endpoint of traces is taken as it stands', async t => {
  const collector = await startTraceCollector()
  t.teardown(() => collector.close())
  const { traces } = await opened(t, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/take/this`,
  })
  traces?.record(RECORD, 0)
  await traces?.close()
  t.equal(collector.requests[0]?.url, '/take/this')
})

t.test('of OTEL_TRACES_SAMPLER always_off nothing is sent', async t => {
  const { collector, traces } = await collected(t, { OTEL_TRACES_SAMPLER: 'always_off' })
  traces.record(RECORD, 0, `00-${TRACE}-${PARENT}-01`)
  await traces.close()
  t.strictSame(collector.requests, [])
})

t.test('a collector that refuses is told of', async t => {
  const { collector, traces, warnings } = await collected(t)
  collector.answerWith(401)
  traces.record(RECORD, 0)
  await traces.close()
  t.strictSame(warnings, ['1 spans not sent: Unauthorized'])
})

t.test('a collector that is silent holds up nothing and nobody for long', async t => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : undefined
  t.teardown(() => silent.close())
  const { traces, warnings } = await opened(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '4000',
  })
  const begun = performance.now()
  for (let count = 0; count < 10_000; count++) traces?.record(RECORD, 0)
  const recorded = performance.now()
  await traces?.close()
  const closed = performance.now()
  t.ok(recorded - begun < 2000, `10,000 spans took ${recorded - begun} ms`)
  t.ok(closed - recorded < 3000, `closing took ${closed - recorded} ms`)
  t.ok(warnings.length <= 1, warnings.join())
})

t.test('a collector that is away is told of once a minute', async t => {
  const gone = await startTraceCollector()
  await gone.close()
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: gone.url, OTEL_EXPORTER_OTLP_TIMEOUT: '50' }
  const { traces, warnings } = await opened(t, variables)
  // More than one batch, so that batches are sent as they fill, and all of them fail.
  for (let batch = 0; batch < 3; batch++)
    for (let count = 0; count < 512; count++) traces?.record(RECORD, 0)
  await traces?.close()
  t.equal(warnings.length, 1, warnings.join())
  t.match(warnings[0], /^512 spans not sent: .*ECONNREFUSED/)
})
