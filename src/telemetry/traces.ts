import type { Traces, TracesPorts } from './otlp-traces.ts'
import type { Environment } from './sampler.ts'

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const
const PROTOCOL = 'http/protobuf'

/**
 * Traces by the variables of OpenTelemetry; undefined when none are asked for, and then nothing is
 * loaded. Settings that cannot be followed are told of, and the process goes on without.
 */
export const openTraces = async (ports: TracesPorts): Promise<Traces | undefined> => {
  const endpoint = endpointOf(ports.env)
  if (endpoint === undefined) return undefined
  const fault = faultOf(ports.env, endpoint)
  if (fault !== undefined) {
    ports.warn(`${fault}; no traces are sent`)
    return undefined
  }
  // The packages take time and memory, and few collect traces.
  const { openOtlpTraces } = await import('./otlp-traces.ts')
  return openOtlpTraces(ports)
}

/** The variable that says where to, unless another one switches traces off. */
const endpointOf = (env: Environment) => {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined
  if (env['OTEL_TRACES_EXPORTER'] === 'none') return undefined
  return firstSet(env, ENDPOINTS)
}

const faultOf = (env: Environment, endpoint: string): string | undefined => {
  // Left alone, the exporter would send to localhost instead.
  if (!/^https?:$/.test(URL.parse(env[endpoint] ?? '')?.protocol ?? ''))
    return `${endpoint} is not an address: write http://<host>:4318 or https://<host>:4318`
  const protocol = firstSet(env, PROTOCOLS)
  if (protocol !== undefined && env[protocol] !== PROTOCOL)
    return `${protocol} is ${env[protocol]}: only ${PROTOCOL} is spoken, mostly at port 4318`
  return undefined
}

/** By the specification, a variable that is empty is one that is not set. */
const firstSet = (env: Environment, names: readonly string[]) =>
  names.find(name => (env[name] ?? '').trim() !== '')
