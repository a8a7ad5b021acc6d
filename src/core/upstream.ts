import { field, fieldAt, isRecord, isSet, without, withValue } from './json.ts'
import { remembered } from './remembered.ts'
import type { JsonObject } from './types.ts'

/**
 * Where an Upstream keeps its settings. Gloo 0.x has them under `spec.upstreamSpec`, Gloo 1.x under
 * `spec` itself, both as gloo.solo.io/v1 (flip at gloo@v1.0.0:projects/gloo/api/v1/upstream.proto).
 * Gloo reads the proto's snake_case too, so an object in that spelling keeps it for what it has.
 */
const settingsPath = (upstream: JsonObject): readonly string[] => {
  const spec = field(upstream, 'spec')
  const nested = ['upstreamSpec', 'upstream_spec'].find(key => isSet(field(spec, key)))
  return nested === undefined ? ['spec'] : ['spec', nested]
}

/** What an Upstream says, in whichever dialect it says it. */
export interface UpstreamView {
  /** Dotted path of the settings, for messages. */
  readonly field: string
  readonly settings: unknown
  readonly sslConfig: unknown
}

export const viewUpstream = remembered((upstream: JsonObject): UpstreamView => {
  const path = settingsPath(upstream)
  const settings = fieldAt(upstream, ...path)
  const sslConfig = eitherCase(settings, 'sslConfig')
  return { field: path.join('.'), settings, sslConfig }
})

/** The Upstream with `sslConfig` in its own dialect, always spelled in camelCase; undefined takes it away. */
export const withSslConfig = (
  upstream: JsonObject,
  sslConfig: JsonObject | undefined,
): JsonObject => {
  const path = settingsPath(upstream)
  const settings = fieldAt(upstream, ...path)
  const others = SPELLINGS.filter(key => isSet(field(settings, key))).reduce(
    without,
    isRecord(settings) ? settings : {},
  )
  return withValue(upstream, path, sslConfig === undefined ? others : { ...others, sslConfig })
}

const SPELLINGS = ['sslConfig', 'ssl_config']

/** The value of a field in camelCase or, as Gloo reads it too, in snake_case. */
export const eitherCase = (value: unknown, camelCase: string): unknown =>
  field(value, camelCase) ?? field(value, snakeCase(camelCase))

/** Names of fields are constants of ours, and asked for many times a review. */
const SNAKE_CASE = new Map<string, string>()

const snakeCase = (camelCase: string): string => {
  const known = SNAKE_CASE.get(camelCase)
  if (known !== undefined) return known
  const made = camelCase.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  SNAKE_CASE.set(camelCase, made)
  return made
}
