import { field, fieldAt, items } from '../../src/core/json.ts'
import { keepsAlpnWithSds, takesTargetUri } from './gloo-versions.ts'

const DEFAULT_CLUSTER = 'gateway_proxy_sds'
const FILE_BASED_METADATA = 'envoy.grpc_credentials.file_based_metadata'

/** Envoy's UpstreamTlsContext, as Gloo makes it of an `sslConfig`. */
export const tlsContextOf = (sslConfig: unknown, version: string) => {
  const sni = field(sslConfig, 'sni')
  const sds = field(sslConfig, 'sds')
  const isLost = sds !== undefined && !keepsAlpnWithSds(version)
  const alpn = isLost ? [] : items(field(sslConfig, 'alpnProtocols'))
  return {
    ...(sni !== undefined && { sni }),
    common_tls_context: {
      ...(sds === undefined ? fromFiles(sslConfig) : fromSds(sslConfig, version)),
      ...(alpn.length > 0 && { alpn_protocols: alpn }),
    },
  }
}

const sanMatchers = (sslConfig: unknown) => {
  const sans = items(field(sslConfig, 'verifySubjectAltName'))
  return sans.length === 0
    ? undefined
    : {
        match_typed_subject_alt_names: sans.map(exact => ({
          san_type: 'URI',
          matcher: { exact },
        })),
      }
}

const fromFiles = (sslConfig: unknown) => {
  const files = field(sslConfig, 'sslFiles')
  return {
    tls_certificates: [
      {
        certificate_chain: { filename: field(files, 'tlsCert') },
        private_key: { filename: field(files, 'tlsKey') },
      },
    ],
    validation_context: {
      trusted_ca: { filename: field(files, 'rootCa') },
      ...sanMatchers(sslConfig),
    },
  }
}

const fromSds = (sslConfig: unknown, version: string) => {
  const sds = field(sslConfig, 'sds')
  const secret = (name: unknown) => ({ name, sds_config: sdsConfig(sds, name, version) })
  const root = secret(field(sds, 'validationContextName'))
  const matchers = sanMatchers(sslConfig)
  return {
    tls_certificate_sds_secret_configs: [secret(field(sds, 'certificatesSecretName'))],
    ...(matchers === undefined
      ? { validation_context_sds_secret_config: root }
      : {
          combined_validation_context: {
            default_validation_context: matchers,
            validation_context_sds_secret_config: root,
          },
        }),
  }
}

const sdsConfig = (sds: unknown, name: unknown, version: string) => ({
  resource_api_version: 'V3',
  api_config_source: {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    grpc_services: [grpcService(sds, name, version)],
  },
})

/** A socket with a token, a cluster of Envoy's bootstrap, or an address: in this order. */
const grpcService = (sds: unknown, name: unknown, version: string) => {
  const target_uri = field(sds, 'targetUri')
  const credentials = fieldAt(sds, 'callCredentials', 'fileCredentialSource')
  if (credentials !== undefined)
    return { google_grpc: { target_uri, stat_prefix: 'sds', ...callCredentials(credentials) } }
  const cluster = field(sds, 'clusterName')
  if (cluster === undefined && target_uri !== undefined && takesTargetUri(version))
    return { google_grpc: { target_uri, stat_prefix: name } }
  return { envoy_grpc: { cluster_name: cluster ?? DEFAULT_CLUSTER } }
}

const callCredentials = (source: unknown) => ({
  channel_credentials: { local_credentials: {} },
  credentials_factory_name: FILE_BASED_METADATA,
  call_credentials: [
    {
      from_plugin: {
        name: FILE_BASED_METADATA,
        typed_config: {
          '@type': 'type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig',
          secret_data: { filename: field(source, 'tokenFileName') },
          header_key: field(source, 'header'),
        },
      },
    },
  ],
})
