import { setTimeout as sleep } from 'node:timers/promises'
import {
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ReviewRecord } from '../core/record.ts'
import { type Environment, samplerOf } from './sampler.ts'
import { throttle } from './throttle.ts'

export interface TracesPorts {
  /** The process's own: OpenTelemetry's packages read the rest of their variables from it themselves. */
  readonly env: Environment
  readonly version: string
  /** Hears what is wrong with the settings at once, and what is wrong with the collector once a minute. */
  readonly warn: (message: string) => void
  /** The time of now, in milliseconds since 1970. */
  readonly now: () => number
}

export interface Traces {
  /** One span for a review that has just ended and took `seconds`; `traceparent` is the header of its request. */
  readonly record: (record: ReviewRecord, seconds: number, traceparent?: string) => void
  /** Sends what is left, for 2 s at most. Never throws. */
  readonly close: () => Promise<void>
}

const NAME = 'gloo-istio'
const CLOSE_MS = 2000
const MINUTE_MS = 60_000
/** The longest name that Kubernetes takes is 253; nobody else may fill our memory. */
const VALUE_MAX = 256

/** Traces sent in batches over OTLP/HTTP. Only for `traces.ts`, which loads it when it is asked for. */
export const openOtlpTraces = ({ env, version, warn, now }: TracesPorts): Traces => {
  const warnOnceAMinute = throttle(warn, MINUTE_MS, now)
  listenToPackages(warnOnceAMinute)
  const provider = new TracerProvider({
    resource: resourceOf(version),
    sampler: samplerOf(env, warn),
    spanLimits: { attributeValueLengthLimit: VALUE_MAX },
    spanProcessors: [
      new BatchSpanProcessor({ exporter: tellingOf(new OTLPTraceExporter(), warnOnceAMinute) }),
    ],
  })
  const tracer = provider.getTracer(NAME, version)
  return {
    record: (record, seconds, traceparent) => {
      const end = now()
      const options = {
        kind: SpanKind.SERVER,
        startTime: end - seconds * 1000,
        attributes: attributesOf(record),
      }
      const span = tracer.startSpan('review', options, parentOf(traceparent))
      if (record.outcome === 'failed')
        span.setStatus({ code: SpanStatusCode.ERROR, message: record.reason })
      span.end(end)
    },
    close: async () => {
      const closed = provider.shutdown().catch(() => {})
      await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })])
      diag.disable()
    },
  }
}

/** No name and no namespace: a trace goes further than the log does. The uid leads to the log's line. */
const attributesOf = (record: ReviewRecord) => ({
  'gloo_istio.uid': record.uid,
  'gloo_istio.kind': record.kind,
  'gloo_istio.operation': record.operation,
  'gloo_istio.outcome': record.outcome,
  'gloo_istio.reason': record.reason,
  'gloo_istio.dry_run': record.dryRun,
})

/** The API server's span, when it sent one; its own choice of what to sample comes with it. */
const parentOf = (traceparent: string | undefined) => {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent)
  return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT
}

/** OTEL_SERVICE_NAME goes before OTEL_RESOURCE_ATTRIBUTES, and both before what we say ourselves. */
const resourceOf = (version: string) =>
  defaultResource()
    .merge(resourceFromAttributes({ 'service.name': NAME, 'service.version': version }))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }))

/** The exporter, which tells of its failures here: the packages would print each with its stack. */
const tellingOf = (exporter: SpanExporter, warn: (message: string) => void): SpanExporter => ({
  export: (spans, done) =>
    exporter.export(spans, ({ code, error }) => {
      if (code !== ExportResultCode.SUCCESS) warn(`${spans.length} spans not sent: ${whyOf(error)}`)
      done({ code: ExportResultCode.SUCCESS })
    }),
  shutdown: () => exporter.shutdown(),
})

/** Errors of a connection that tried several addresses have no message of their own, only a code. */
const whyOf = (error: Error | undefined): string =>
  error?.message || (error && 'code' in error && String(error.code)) || 'no reason given'

/** What OpenTelemetry's packages find wrong with their variables, or with an answer of the collector. */
const listenToPackages = (warn: (message: string) => void): void => {
  const hear = (message: string) => warn(`OpenTelemetry: ${message}`)
  const ignore = () => {}
  const logger = { error: hear, warn: hear, info: ignore, debug: ignore, verbose: ignore }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
}
