import { sslFilesOf } from './certificate-paths.ts'
import { field, fieldAt, isRecord, isSet, withValue } from './json.ts'
import type { JsonObject, Mesh } from './types.ts'

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

export const viewUpstream = (upstream: JsonObject): UpstreamView => {
  const path = settingsPath(upstream)
  const settings = fieldAt(upstream, ...path)
  const sslConfig = eitherCase(settings, 'sslConfig')
  return { field: path.join('.'), settings, sslConfig }
}

/** Destinations with a TLS of their own, or outside Kubernetes (gloo@v1.22.1:projects/gloo/api/v1/upstream.proto). */
const FOREIGN_DESTINATIONS = ['ai', 'aws', 'awsEc2', 'azure', 'consul', 'gcp', 'pipe']

/** The field of a destination that cannot be a workload of a mesh. */
export const foreignDestination = ({ field: at, settings }: UpstreamView): string | undefined => {
  const found = FOREIGN_DESTINATIONS.find(name => isSet(eitherCase(settings, name)))
  return found === undefined ? undefined : `${at}.${found}`
}

/** Whether `sslConfig` is exactly what we would write: `sslFiles` of this mesh and nothing else. */
export const holdsCertificatesOf = (sslConfig: unknown, mountRoot: string, mesh: Mesh): boolean => {
  const files = eitherCase(sslConfig, 'sslFiles')
  const wanted = Object.entries(sslFilesOf(mountRoot, mesh))
  return (
    hasKeys(sslConfig, 1) &&
    hasKeys(files, wanted.length) &&
    wanted.every(([key, value]) => eitherCase(files, key) === value)
  )
}

/** The Upstream with `sslConfig` filled in its own dialect, always spelled in camelCase. */
export const withSslFiles = (upstream: JsonObject, mountRoot: string, mesh: Mesh): JsonObject => {
  const sslConfig = { sslFiles: sslFilesOf(mountRoot, mesh) }
  return withValue(upstream, [...settingsPath(upstream), 'sslConfig'], sslConfig)
}

const eitherCase = (value: unknown, camelCase: string): unknown =>
  field(value, camelCase) ?? field(value, snakeCase(camelCase))

const snakeCase = (camelCase: string) =>
  camelCase.replaceAll(/[A-Z0-9]/g, letter =>
    /\d/.test(letter) ? letter : `_${letter.toLowerCase()}`,
  )

const hasKeys = (value: unknown, count: number) =>
  isRecord(value) && Object.values(value).filter(isSet).length === count
