import { t } from 'tap'
import { createMeshAuthority } from '../../certs/mesh.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { type AdminQuestion, askEnvoy } from '../../src/envoy/admin.ts'

const mesh = await createMeshAuthority('cluster.local', new Date())
const { certPem } = await mesh.issue('gloo-system', 'gateway-proxy')
const another = await mesh.issue('gloo-system', 'another')
const IDENTITY = 'spiffe://cluster.local/ns/gloo-system/sa/gateway-proxy'
const base64 = (text: string) => ({ inline_bytes: Buffer.from(text).toString('base64') })

const NAME = 'details_gloo-system'
const secretConfig = (name: string) => ({
  name,
  sds_config: {
    api_config_source: { grpc_services: [{ envoy_grpc: { cluster_name: 'sds' } }] },
  },
})
const BY_SDS = {
  tls_certificate_sds_secret_configs: [secretConfig('cert')],
  validation_context_sds_secret_config: secretConfig('root'),
}
const cluster = (common: object): JsonObject => ({
  cluster: { name: NAME, transport_socket: { typed_config: { common_tls_context: common } } },
})
const chain = (pem: string) => ({
  name: 'cert',
  secret: { tls_certificate: { certificate_chain: base64(pem) } },
})
const ROOT = { name: 'root', secret: { validation_context: { trusted_ca: base64(mesh.rootPem) } } }

type Lists = Readonly<Record<string, readonly object[]>>

/** An Envoy that narrows its dump to one list, and tells what it was asked. */
const envoy = (lists: Lists, more: Readonly<Record<string, unknown>> = {}) => {
  const asked: string[] = []
  const ask = async (path: string) => {
    asked.push(path)
    const url = new URL(path, 'http://envoy')
    const list = url.searchParams.get('resource') ?? ''
    const answer = url.pathname === '/config_dump' ? { configs: lists[list] } : more[url.pathname]
    return answer === undefined
      ? { status: 404, text: 'not found' }
      : { status: 200, text: JSON.stringify(answer) }
  }
  return { ask, asked }
}

const question = (more: Partial<AdminQuestion> = {}): AdminQuestion => ({
  clusterNames: [NAME],
  clusterPattern: `^${NAME}$`,
  certificate: undefined,
  identity: IDENTITY,
  pause: async () => {},
  ...more,
})

const ACTIVE = 'dynamic_active_clusters'
const WARMING = 'dynamic_warming_clusters'
const SECRETS = 'dynamic_active_secrets'

t.test('a cluster with its certificate, its authorities and its counters', async t => {
  const stats = { stats: [{ name: `cluster.${NAME}.ssl.handshake`, value: 3 }] }
  const clusters = { cluster_statuses: [{ name: NAME, host_statuses: [{}] }, { name: 'sds' }] }
  const { ask, asked } = envoy(
    { [ACTIVE]: [cluster(BY_SDS)], [SECRETS]: [chain(certPem), ROOT] },
    { '/stats': stats, '/clusters': clusters },
  )
  t.match(await askEnvoy(ask, question()), {
    cluster: { name: NAME, isWarming: false, isByEndpoint: false },
    hasSdsCluster: true,
    certificate: { names: [IDENTITY] },
    authorities: [{ names: [] }],
    isTrusted: true,
    counted: { handshakes: 3 },
    later: undefined,
    endpoints: { total: 1 },
  })
  t.ok(asked.includes(`/config_dump?resource=${ACTIVE}&name_regex=${NAME}`), 'narrowed by name')
  t.ok(asked.includes(`/config_dump?resource=${SECRETS}&name_regex=cert%7Croot`))
})

t.test('one that is being prepared says what Envoy was told last', async t => {
  const { ask } = envoy({ [ACTIVE]: [cluster({})], [WARMING]: [cluster(BY_SDS)] })
  t.match(await askEnvoy(ask, question()), {
    cluster: { isWarming: true, tls: { certificate: { name: 'cert' } } },
    certificate: undefined,
    authorities: [],
    isTrusted: undefined,
    hasSdsCluster: false,
  })
})

t.test('a cluster by another name is found among all, and no cluster is none', async t => {
  const { ask, asked } = envoy({ [ACTIVE]: [cluster(BY_SDS)] })
  const other = question({ clusterNames: ['x'.repeat(81)] })
  t.match(await askEnvoy(ask, other), { cluster: { name: NAME } })
  t.ok(asked.includes(`/config_dump?resource=${ACTIVE}`), 'a long name is no pattern for Envoy')
  const certificate = { by: 'sds', name: 'cert', server: 'cluster sds' } as const
  const none = await askEnvoy(envoy({}).ask, question({ certificate }))
  t.match(none, { cluster: undefined, hasSdsCluster: false, endpoints: { total: 0 } })
})

t.test('of several secrets of a name the one of the proxy counts', async t => {
  const secrets = [chain(another.certPem), chain(certPem), ROOT]
  const { ask } = envoy({ [ACTIVE]: [cluster(BY_SDS)], [SECRETS]: secrets })
  t.match(await askEnvoy(ask, question()), { certificate: { names: [IDENTITY] } })
  t.match(await askEnvoy(ask, question({ identity: undefined })), {
    certificate: { names: [/another$/] },
  })
})

t.test('certificates in the configuration itself', async t => {
  const inline = (pem: string) => ({ inline_string: pem })
  const common = {
    tls_certificates: [{ certificate_chain: inline(certPem) }],
    validation_context: { trusted_ca: inline(mesh.rootPem) },
  }
  const { ask } = envoy({ [ACTIVE]: [cluster(common)] })
  t.match(await askEnvoy(ask, question()), {
    certificate: { names: [IDENTITY] },
    isTrusted: true,
    hasSdsCluster: undefined,
  })
})

const told = (path: string) => ({
  path,
  serial_number: '1',
  subject_alt_names: [{ uri: IDENTITY }],
})

t.test('certificates in files are those of /certs', async t => {
  const common = {
    tls_certificates: [{ certificate_chain: { filename: '/c' } }],
    validation_context: { trusted_ca: { filename: '/r' } },
  }
  const certs = { certificates: [{ ca_cert: [told('/r')], cert_chain: [told('/c')] }] }
  const { ask } = envoy({ [ACTIVE]: [cluster(common)] }, { '/certs': certs })
  t.match(await askEnvoy(ask, question()), {
    certificate: { names: [IDENTITY] },
    authorities: [{ serial: '1' }],
    isTrusted: undefined,
  })
})

t.test('an Envoy that shows no secrets has their certificates among all', async t => {
  const certs = { certificates: [{ cert_chain: [told('/x'), told('<inline>')] }] }
  const { ask } = envoy({ [ACTIVE]: [cluster(BY_SDS)] }, { '/certs': certs })
  t.match(await askEnvoy(ask, question()), { certificate: { names: [IDENTITY] } })
})

t.test('failures are counted once more a moment later', async t => {
  let value = 1
  const stats = { stats: [{ name: `cluster.${NAME}.ssl.fail_verify_san`, value }] }
  const { ask } = envoy({ [ACTIVE]: [cluster(BY_SDS)] }, { '/stats': stats })
  const pause = async () => {
    value = 4
    stats.stats = [{ name: `cluster.${NAME}.ssl.fail_verify_san`, value }]
  }
  t.match(await askEnvoy(ask, question({ pause })), {
    counted: { wrongName: 1 },
    later: { wrongName: 4 },
  })
})

// what answers | what is said of it
const wrong: readonly [{ status: number; text: string }, RegExp][] = [
  [{ status: 200, text: '<html>' }, /what answers at \/config_dump is not Envoy’s admin API/],
  [{ status: 500, text: '' }, /it answers 500 at \/config_dump/],
]
for (const [answer, message] of wrong)
  t.test(`${answer.status} ${answer.text} is an error`, async t =>
    t.rejects(
      askEnvoy(async () => answer, question()),
      { message },
    ),
  )
