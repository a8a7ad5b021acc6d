import { t } from 'tap'
import type { Source, Tls } from '../../src/core/verify-tls.ts'
import { commonContextOf, tlsOfCluster } from '../../src/envoy/admin-tls.ts'

const NAMESPACE = 'type.googleapis.com/envoy.extensions.transport_sockets'
const TLS_TYPE = `${NAMESPACE}.tls.v3.UpstreamTlsContext`
const RAW = { '@type': `${NAMESPACE}.raw_buffer.v3.RawBuffer` }
const typed = (common: object, more: object = {}) => ({
  transport_socket: {
    name: 'envoy.transport_sockets.tls',
    typed_config: { '@type': TLS_TYPE, common_tls_context: common, ...more },
  },
})
const secret = (name: string, service: object) => ({
  name,
  sds_config: { api_config_source: { api_type: 'GRPC', grpc_services: [service] } },
})
const CLUSTER = { envoy_grpc: { cluster_name: 'gateway_proxy_sds' } }
const ADDRESS = { google_grpc: { target_uri: 'unix:/var/run/sds/uds_path', stat_prefix: 'sds' } }
const sds = (name: string, server: string): Source => ({ by: 'sds', name, server })
const tls = (more: Partial<Tls>): Tls => ({
  certificate: undefined,
  authorities: undefined,
  alpn: [],
  sni: '',
  names: [],
  ...more,
})

const BY_CLUSTER = {
  alpn_protocols: ['istio'],
  tls_certificate_sds_secret_configs: [secret('istio_server_cert', CLUSTER)],
  validation_context_sds_secret_config: secret('istio_validation_context', CLUSTER),
}
const OF_CLUSTER = tls({
  certificate: sds('istio_server_cert', 'cluster gateway_proxy_sds'),
  authorities: sds('istio_validation_context', 'cluster gateway_proxy_sds'),
  alpn: ['istio'],
})
const FILES = {
  tls_certificates: [{ certificate_chain: { filename: '/c' }, private_key: { filename: '/k' } }],
  validation_context: { trusted_ca: { filename: '/r' }, verify_subject_alt_name: ['z', 'y'] },
}
const OF_FILES = tls({
  certificate: { by: 'file', path: '/c' },
  authorities: { by: 'file', path: '/r' },
  names: ['y', 'z'],
})
const combined = (context: object) => ({
  tls_certificate_sds_secret_configs: [secret('default', ADDRESS)],
  combined_validation_context: {
    default_validation_context: context,
    validation_context_sds_secret_config: secret('ROOTCA', ADDRESS),
  },
})
const SOCKET = 'unix:/var/run/sds/uds_path'
const ofSocket = (...names: readonly string[]) =>
  tls({ certificate: sds('default', SOCKET), authorities: sds('ROOTCA', SOCKET), names })

// what | cluster as Envoy dumps it | how it speaks
const cases: readonly [string, object, Tls | undefined][] = [
  ['without a socket', { name: 'a' }, undefined],
  ['with a plain socket', { transport_socket: { name: 'raw', typed_config: RAW } }, undefined],
  ['by SDS over a cluster', typed(BY_CLUSTER, { sni: 's' }), { ...OF_CLUSTER, sni: 's' }],
  [
    'by SDS over a socket, with names as Gloo 1.5 to 1.x writes them',
    typed(combined({ match_subject_alt_names: [{ exact: 'b' }, { exact: 'a' }] })),
    ofSocket('a', 'b'),
  ],
  [
    'with names as newer Envoys have them',
    typed(
      combined({ match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: 'a' } }] }),
    ),
    ofSocket('a'),
  ],
  [
    'with names by prefix',
    typed(combined({ match_subject_alt_names: [{ prefix: 'spiffe://' }] })),
    ofSocket('what fits {"prefix":"spiffe://"}'),
  ],
  ['by files', typed(FILES), OF_FILES],
  [
    'of Gloo 0.13, by files (xDS v2)',
    { tls_context: { sni: 's', common_tls_context: FILES } },
    { ...OF_FILES, sni: 's' },
  ],
  [
    'of Gloo 1.4, in an untyped config (xDS v2)',
    { transport_socket: { name: 'tls', config: { common_tls_context: FILES } } },
    OF_FILES,
  ],
  [
    'with certificates in the configuration',
    typed({
      tls_certificates: [{ certificate_chain: { inline_string: 'PEM' } }],
      validation_context: { trusted_ca: { inline_string: 'PEM' } },
    }),
    tls({ certificate: { by: 'inline' }, authorities: { by: 'inline' } }),
  ],
  [
    'inside the PROXY protocol',
    { transport_socket: { typed_config: typed(BY_CLUSTER) } },
    OF_CLUSTER,
  ],
  [
    'by endpoint, as Gloo’s auto-mTLS has it',
    {
      transport_socket_matches: [
        { name: 'tlsMode-disabled', transport_socket: { typed_config: RAW } },
        { name: 'tlsMode-istio', ...typed(BY_CLUSTER) },
      ],
    },
    OF_CLUSTER,
  ],
  [
    'by SDS of the control plane itself',
    typed({ tls_certificate_sds_secret_configs: [{ name: 'a', sds_config: { ads: {} } }] }),
    tls({ certificate: sds('a', 'its control plane') }),
  ],
  [
    'of TLS and nothing else',
    { transport_socket: { typed_config: { '@type': TLS_TYPE } } },
    tls({}),
  ],
]
for (const [what, cluster, expected] of cases)
  t.test(`a cluster ${what}`, async t => t.strictSame(tlsOfCluster(cluster), expected))

t.test('the context with the certificates is found in either format', async t => {
  t.equal(commonContextOf(typed(FILES)), FILES)
  t.equal(commonContextOf({ tls_context: { common_tls_context: FILES } }), FILES)
  t.equal(commonContextOf({}), undefined)
})
