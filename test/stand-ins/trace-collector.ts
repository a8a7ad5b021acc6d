import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

/** A span as it came, with its attributes and those of its resource by name. */
export interface CollectedSpan {
  readonly traceId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly startNanoseconds: bigint
  readonly endNanoseconds: bigint
  readonly status: { readonly code: number; readonly message: string } | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

export interface TraceCollector {
  /** `http://127.0.0.1:4318` */
  readonly url: string
  readonly spans: readonly CollectedSpan[]
  /** Path and headers of each request. */
  readonly requests: readonly Pick<IncomingMessage, 'url' | 'headers'>[]
  /** From now on every request is answered so. */
  readonly answerWith: (status: number) => void
  readonly close: () => Promise<void>
}

interface Attribute {
  readonly key: string
  readonly value: { readonly value: string } & Readonly<Record<string, unknown>>
}
interface SpanMessage {
  readonly traceId: Buffer
  readonly parentSpanId: Buffer
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly status: CollectedSpan['status']
}
interface ExportMessage {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly SpanMessage[] }[]
  }[]
}

const SERVICE = 'opentelemetry.proto.collector.trace.v1.TraceService'
const definition = loadSync(fileURLToPath(new URL('otlp.proto', import.meta.url)), {
  defaults: true,
  longs: String,
  oneofs: true,
})
const { Export: method } = definition[SERVICE] as ServiceDefinition
if (method === undefined) throw new Error(`otlp.proto has no method Export of ${SERVICE}`)

const recordOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value[value.value]]))

const collectedOf = (span: SpanMessage, resource: CollectedSpan['resource']): CollectedSpan => ({
  traceId: span.traceId.toString('hex'),
  parentSpanId: span.parentSpanId.toString('hex'),
  name: span.name,
  kind: span.kind,
  startNanoseconds: BigInt(span.startTimeUnixNano),
  endNanoseconds: BigInt(span.endTimeUnixNano),
  status: span.status,
  attributes: recordOf(span.attributes),
  resource,
})

const spansIn = (body: Buffer): readonly CollectedSpan[] => {
  const { resourceSpans } = method.requestDeserialize(body) as ExportMessage
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(span => collectedOf(span, recordOf(resource.attributes))),
    ),
  )
}

/** Takes traces over OTLP/HTTP, as protobuf, and keeps them. `port` 0 takes any. */
export const startTraceCollector = async (port = 0): Promise<TraceCollector> => {
  const spans: CollectedSpan[] = []
  const requests: Pick<IncomingMessage, 'url' | 'headers'>[] = []
  let status = 200
  const take = async (request: IncomingMessage) => {
    const body = await buffer(request)
    requests.push({ url: request.url, headers: request.headers })
    if (status === 200) spans.push(...spansIn(body))
    return status
  }
  const server = createServer((request, response) => {
    take(request).then(
      code => response.writeHead(code, { 'content-type': 'application/x-protobuf' }).end(),
      error => response.writeHead(400).end(String(error)),
    )
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    answerWith: code => {
      status = code
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
