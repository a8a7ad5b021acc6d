import { t } from 'tap'
import type { Form } from '../../src/core/form.ts'
import {
  agentSocketFolderOf,
  agentSocketOf,
  audienceOf,
  jwtPolicyOf,
  NODE_AGENT_FOLDER,
  NODE_AGENT_SOCKET,
  TOKEN_FOLDER,
  tokenFileOf,
} from '../../src/core/proxy-paths.ts'
import type { Mesh } from '../../src/core/types.ts'
import { mesh } from '../harness/build.ts'
import { formFor } from '../harness/forms.ts'

const form = (istio: string | undefined, more: Partial<Mesh> = {}, slot = 0): Form =>
  formFor('node-agent-sds', '1.5.0', istio, {
    mesh: mesh('a.b', { trustDomain: 'prod.example', ...more }),
    slot,
  })

const PLAIN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const MADE = '/var/run/secrets/tokens/istio-token'

// Istio | token it wants | its file | audience of a token made for it
const tokens: readonly [string | undefined, string, string, string][] = [
  ['1.1.17', 'first-party-jwt', PLAIN, 'prod.example'],
  ['1.2.10', 'first-party-jwt', PLAIN, 'prod.example'],
  ['1.3.8', 'third-party-jwt', MADE, 'istio-ca'],
  ['1.4.10', 'third-party-jwt', MADE, 'istio-ca'],
  ['1.5.0', 'third-party-jwt', MADE, 'istio-ca'],
  ['1.31.0', 'third-party-jwt', MADE, 'istio-ca'],
  [undefined, 'third-party-jwt', MADE, 'istio-ca'],
]
for (const [istio, policy, file, audience] of tokens)
  t.test(`Istio ${istio} wants a ${policy}`, async t => {
    t.equal(jwtPolicyOf(form(istio)), policy)
    t.equal(tokenFileOf(form(istio)), file)
    t.equal(audienceOf(form(istio)), audience)
  })

t.test('what the operator tells of tokens goes first', async t => {
  t.equal(tokenFileOf(form('1.1.17', { jwtPolicy: 'third-party-jwt' })), MADE)
  t.equal(audienceOf(form('1.1.17', { jwtPolicy: 'third-party-jwt' })), 'prod.example')
  t.equal(tokenFileOf(form('1.22.0', { jwtPolicy: 'first-party-jwt' })), PLAIN)
})

t.test('sockets and tokens are where Istio has them', async t => {
  t.equal(NODE_AGENT_SOCKET, '/var/run/sds/uds_path')
  t.ok(NODE_AGENT_SOCKET.startsWith(`${NODE_AGENT_FOLDER}/`))
  t.ok(MADE.startsWith(`${TOKEN_FOLDER}/`))
  t.equal(agentSocketOf(form('1.22.0')), '/var/run/secrets/workload-spiffe-uds/socket')
})

t.test('each agent has a socket of its own, in a folder of its own', async t => {
  const forms = [0, 1, 2].map(slot => form('1.22.0', {}, slot))
  t.strictSame(forms.map(agentSocketFolderOf), [
    '/var/run/secrets/workload-spiffe-uds',
    '/var/run/secrets/workload-spiffe-uds-2',
    '/var/run/secrets/workload-spiffe-uds-3',
  ])
  for (const one of forms) t.equal(agentSocketOf(one), `${agentSocketFolderOf(one)}/socket`)
})
