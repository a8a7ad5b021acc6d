import { t } from 'tap'
import { chooseMode } from '../../src/core/choose-mode.ts'
import type { Form } from '../../src/core/form.ts'
import { rejectionOf } from '../../src/core/gloo-rejections.ts'
import type { Mode } from '../../src/core/matrix.ts'
import { isFinding } from '../../src/core/reasons.ts'
import {
  byCluster,
  canonicalSslConfig,
  inCamelCase,
  needsBootstrapCluster,
  sendsAlpn,
  sslConfigOf,
} from '../../src/core/ssl-config.ts'
import type { JsonObject, Mesh } from '../../src/core/types.ts'
import { parseVersion } from '../../src/core/version.ts'
import { mesh } from '../harness/build.ts'
import { CELLS, type Cell, RELEASE_NAMES } from '../harness/cells.ts'
import { formFor } from '../harness/forms.ts'

const form = (mode: Mode, gloo: string, istio: string, more: Partial<Form> = {}): Form =>
  formFor(mode, gloo, istio, { mesh: mesh('supergloo-system.istio'), ...more })

// What `supergloo set upstream mtls` writes (supergloo@v0.3.14:cli/pkg/cmd/set/upstream/mtls.go).
const SUPERGLOO: JsonObject = {
  sslFiles: {
    rootCa: '/etc/certs/supergloo-system/istio/root-cert.pem',
    tlsCert: '/etc/certs/supergloo-system/istio/cert-chain.pem',
    tlsKey: '/etc/certs/supergloo-system/istio/key.pem',
  },
}
// What `glooctl istio enable-mtls` writes (gloo@v1.5.0:projects/gloo/cli/pkg/cmd/istio).
const GLOOCTL = {
  certificatesSecretName: 'istio_server_cert',
  clusterName: 'gateway_proxy_sds',
  targetUri: '127.0.0.1:8234',
  validationContextName: 'istio_validation_context',
}
const { clusterName: _, ...GLOOCTL_BY_ADDRESS } = GLOOCTL
const HEADER = 'istio_sds_credentials_header-bin'
// The older guides, with the header that Istio reads (istio@1.1.0:security/pkg/nodeagent/sds).
const nodeAgent = (header: string, tokenFileName: string): JsonObject => ({
  sds: {
    callCredentials: { fileCredentialSource: { header, tokenFileName } },
    certificatesSecretName: 'default',
    targetUri: 'unix:/var/run/sds/uds_path',
    validationContextName: 'ROOTCA',
  },
})
const PLAIN_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const NODE_AGENTS: Readonly<Record<string, JsonObject>> = {
  '1.1': nodeAgent('istio_sds_credentail_header-bin', PLAIN_TOKEN),
  '1.2': nodeAgent(HEADER, PLAIN_TOKEN),
  '1.3': nodeAgent(HEADER, '/var/run/secrets/tokens/istio-token'),
  '1.4': nodeAgent(HEADER, '/var/run/secrets/tokens/istio-token'),
}
const AGENT_SOCKET = {
  sds: {
    certificatesSecretName: 'default',
    targetUri: 'unix:/var/run/secrets/workload-spiffe-uds/socket',
    validationContextName: 'ROOTCA',
  },
}

/** The shape that official tools and guides of these versions have. */
const goldenOf = (mode: Mode, { istio, sds }: Cell): JsonObject => {
  const sidecar = { sds: sds === 'by address' ? GLOOCTL_BY_ADDRESS : GLOOCTL }
  const shapes: Readonly<Record<Mode, JsonObject | undefined>> = {
    'citadel-files': SUPERGLOO,
    'citadel-sds': sidecar,
    'istio-agent': sidecar,
    'node-agent-sds': NODE_AGENTS[istio],
    'agent-socket': AGENT_SOCKET,
  }
  return shapes[mode] ?? {}
}

/** What is chosen for a mode that is pinned: the way a mesh gets its form. */
const chosenFor = (mode: Mode, { gloo, istio }: Cell): Form => {
  const told = mesh('supergloo-system.istio', { istioVersion: istio, mode })
  const chosen = chooseMode(told, parseVersion(gloo))
  if (isFinding(chosen)) throw new TypeError(chosen.message)
  return form(mode, gloo, istio, { mesh: told, ...chosen })
}

const ASKED = { sni: 'details.default.svc', subjectAltNames: ['spiffe://a'] }

for (const release of RELEASE_NAMES) {
  const cells = CELLS.filter(({ gloo }) => gloo === release)
  const each = cells.flatMap(cell => cell.fits.map(mode => ({ cell, mode })))
  t.test(`each sslConfig for Gloo ${release} is the golden one, and Gloo takes it`, async t => {
    for (const { cell, mode } of each) {
      const made = chosenFor(mode, cell)
      const sslConfig = sslConfigOf(made, '/etc/certs')
      const name = `${mode} with Istio ${cell.istio}`
      const alpn = cell.alpn === 'never' ? {} : { alpnProtocols: ['istio'] }
      t.strictSame(sslConfig, { ...alpn, ...goldenOf(mode, cell) }, name)
      t.equal(rejectionOf(sslConfig, made.pair), undefined, name)
      const full = sslConfigOf(made, '/etc/certs', ASKED)
      t.equal(rejectionOf(full, made.pair), undefined, `${name}, and all that can be asked for`)
    }
  })
  t.test(`Gloo ${release} sends ALPN and needs a cluster where it is known to`, async t => {
    for (const { cell, mode } of each) {
      const made = chosenFor(mode, cell)
      const name = `${mode} with Istio ${cell.istio}`
      const isSent = mode === 'citadel-files' ? cell.alpn !== 'never' : cell.alpn === 'always'
      t.equal(sendsAlpn(made), isSent, name)
      const hasSds = mode === 'citadel-sds' || mode === 'istio-agent'
      t.equal(needsBootstrapCluster(made), hasSds && cell.sds === 'by cluster', name)
    }
  })
}

t.test('what an Upstream asks for is added, and nothing else', async t => {
  const one = form('istio-agent', '1.22.1', '1.22.0')
  const plain = sslConfigOf(one, '/etc/certs')
  t.strictSame(sslConfigOf(one, '/etc/certs', {}), plain)
  t.strictSame(sslConfigOf(one, '/etc/certs', { sni: 'a.b' }), { ...plain, sni: 'a.b' })
  t.strictSame(sslConfigOf(one, '/etc/certs', { subjectAltNames: ['x', 'y'] }), {
    ...plain,
    verifySubjectAltName: ['x', 'y'],
  })
})

// mode | what glooctl would have written, where it can say the same
const byClusters: readonly [Mode, string, string, JsonObject | undefined][] = [
  ['istio-agent', '1.22.1', '1.22', { alpnProtocols: ['istio'], sds: GLOOCTL }],
  ['citadel-sds', '1.22.1', '1.4', { alpnProtocols: ['istio'], sds: GLOOCTL }],
  ['istio-agent', '1.5.0', '1.22', { alpnProtocols: ['istio'], sds: GLOOCTL }],
  ['agent-socket', '1.22.1', '1.22', undefined],
  ['citadel-files', '1.0.0', '1.4', undefined],
  // callCredentials and clusterName are one oneof: sds_builder.
  ['node-agent-sds', '1.5.0', '1.4', undefined],
]
for (const [mode, gloo, istio, expected] of byClusters)
  t.test(
    `${mode} on Gloo ${gloo} ${expected ? 'by cluster' : 'has no cluster to go by'}`,
    async t => {
      const one = form(mode, gloo, istio)
      const sslConfig = sslConfigOf(one, '/etc/certs')
      t.strictSame(byCluster(one, sslConfig), expected ?? sslConfig)
    },
  )

t.test('each mesh has its own files, names, ports and sockets', async t => {
  const tokens: Partial<Mesh> = { jwtPolicy: 'third-party-jwt' }
  const files = sslConfigOf(form('citadel-files', '1.0.0', '1.0', { mesh: mesh('a.b') }), '/c')
  t.match(files, { sslFiles: { tlsKey: '/c/a/b/key.pem' } })
  t.match(sslConfigOf(form('citadel-sds', '1.5.0', '1.4', { slot: 1 }), '/c'), {
    sds: {
      certificatesSecretName: 'istio_server_cert_2',
      validationContextName: 'istio_validation_context_2',
      targetUri: '127.0.0.1:8235',
      clusterName: 'gateway_proxy_sds_2',
    },
  })
  t.match(sslConfigOf(form('agent-socket', '1.22.1', '1.22', { slot: 1 }), '/c'), {
    sds: { targetUri: 'unix:/var/run/secrets/workload-spiffe-uds-2/socket' },
  })
  t.match(
    sslConfigOf(form('node-agent-sds', '1.0.0', '1.1', { mesh: mesh('a.b', tokens) }), '/c'),
    {
      sds: { callCredentials: { fileCredentialSource: { tokenFileName: /istio-token$/ } } },
    },
  )
})

t.test('a mode of the future is a fault that shows', async t => {
  const one = form('new' as Mode, '1.22.1', '1.22')
  t.notOk('sds' in sslConfigOf(one, '/etc/certs'))
  t.notOk('sslFiles' in sslConfigOf(one, '/etc/certs'))
})

// one spelling | another | whether they mean the same to Gloo
const spellings: readonly [unknown, unknown, boolean][] = [
  [{ sslFiles: { tlsCert: 'a' } }, { ssl_files: { tls_cert: 'a' } }, true],
  [{ sslFiles: { rootCa: 'a', tlsKey: 'b' } }, { sslFiles: { tlsKey: 'b', root_ca: 'a' } }, true],
  [{ alpnProtocols: ['istio'] }, { alpn_protocols: ['istio'], sni: null }, true],
  [{ sds: { targetUri: 'a_b' } }, { sds: { target_uri: 'a_b' } }, true],
  [{ sds: { targetUri: 'a_b' } }, { sds: { target_uri: 'aB' } }, false],
  [{ sni: 'a' }, { sni: 'b' }, false],
  [{ sni: 'a' }, { sni: 'a', oneWayTls: false }, false],
  [{ alpnProtocols: ['a', 'b'] }, { alpnProtocols: ['b', 'a'] }, false],
]
for (const [one, other, expected] of spellings)
  t.test(`${JSON.stringify(one)} is ${expected ? '' : 'not '}${JSON.stringify(other)}`, async t =>
    t.equal(canonicalSslConfig(one) === canonicalSslConfig(other), expected),
  )

t.test('what is no object has no spelling', async t => {
  for (const value of ['a_b', 3, undefined]) t.equal(inCamelCase(value), value)
  t.strictSame(inCamelCase({ a_b: { c_1: null, d_2: ['e_f'] } }), { aB: { d2: ['e_f'] } })
})
