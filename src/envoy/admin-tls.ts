import { field, fieldAt, isRecord, isSet, items, textAt, textOf } from '../core/json.ts'
import { byClusterText, type Source, type Tls } from '../core/verify-tls.ts'

/**
 * How a cluster of a config dump speaks: by `transport_socket`, or, before Envoy 1.11, by `tls_context`. Undefined:
 * plain text.
 */
export const tlsOfCluster = (cluster: unknown): Tls | undefined =>
  tlsOfSocket(field(cluster, 'transport_socket')) ??
  tlsOfMatches(cluster) ??
  tlsOf(field(cluster, 'tls_context'))

/** Where the certificates of a cluster are told; undefined for plain text. */
export const commonContextOf = (cluster: unknown): unknown =>
  fieldAt(cluster, 'transport_socket', 'typed_config', 'common_tls_context') ??
  fieldAt(cluster, 'tls_context', 'common_tls_context')

/** The first of the sockets among which Envoy chooses by endpoint, that is TLS. */
const tlsOfMatches = (cluster: unknown): Tls | undefined =>
  items(field(cluster, 'transport_socket_matches'))
    .map(match => tlsOfSocket(field(match, 'transport_socket')))
    .find(isSet)

/** A socket may be wrapped in another, for the PROXY protocol for instance. */
const tlsOfSocket = (socket: unknown): Tls | undefined => {
  const config = field(socket, 'typed_config') ?? field(socket, 'config')
  const inner = field(config, 'transport_socket')
  return inner === undefined ? tlsOf(config) : tlsOfSocket(inner)
}

const tlsOf = (context: unknown): Tls | undefined => {
  const common = field(context, 'common_tls_context')
  // An upstream context without any setting is still TLS; a plain socket has a type of its own.
  if (!isRecord(common) && !textAt(context, '@type').endsWith('UpstreamTlsContext'))
    return undefined
  const combined = field(common, 'combined_validation_context')
  const validation =
    field(common, 'validation_context') ?? field(combined, 'default_validation_context')
  return {
    certificate: certificateSource(common),
    authorities: authoritiesSource(common, combined, validation),
    alpn: items(field(common, 'alpn_protocols')).flatMap(name => textOf(name) ?? []),
    sni: textAt(context, 'sni'),
    names: namesIn(validation).toSorted(),
  }
}

const certificateSource = (common: unknown): Source | undefined => {
  const [secret] = items(field(common, 'tls_certificate_sds_secret_configs'))
  const [own] = items(field(common, 'tls_certificates'))
  return secret === undefined ? dataSource(field(own, 'certificate_chain')) : sdsSource(secret)
}

const authoritiesSource = (
  common: unknown,
  combined: unknown,
  validation: unknown,
): Source | undefined => {
  const name = 'validation_context_sds_secret_config'
  const secret = field(common, name) ?? field(combined, name)
  return secret === undefined ? dataSource(field(validation, 'trusted_ca')) : sdsSource(secret)
}

const dataSource = (source: unknown): Source | undefined => {
  if (!isRecord(source)) return undefined
  const path = textAt(source, 'filename')
  return path === '' ? { by: 'inline' } : { by: 'file', path }
}

const sdsSource = (secret: unknown): Source => {
  const config = field(secret, 'sds_config')
  const [service] = items(fieldAt(config, 'api_config_source', 'grpc_services'))
  const cluster = textAt(service, 'envoy_grpc', 'cluster_name')
  const address = textAt(service, 'google_grpc', 'target_uri')
  const server = cluster === '' ? address || 'its control plane' : byClusterText(cluster)
  return { by: 'sds', name: textAt(secret, 'name'), server }
}

/** `verify_subject_alt_name` is of Gloo before 1.5, `match_typed_…` of Envoy 1.20 and newer. */
const namesIn = (validation: unknown): readonly string[] => [
  ...items(field(validation, 'verify_subject_alt_name')).flatMap(name => textOf(name) ?? []),
  ...items(field(validation, 'match_subject_alt_names')).map(matcherText),
  ...items(field(validation, 'match_typed_subject_alt_names')).map(typed =>
    matcherText(field(typed, 'matcher')),
  ),
]

const matcherText = (matcher: unknown): string => {
  const exact = textOf(field(matcher, 'exact'))
  return exact ?? `what fits ${JSON.stringify(matcher)}`
}
