import { t } from 'tap'
import { ApiError } from '../../src/cluster/api.ts'
import { type EvidencePorts, gatherEvidence } from '../../src/cluster/evidence.ts'
import type { CertificateSeen } from '../../src/core/check-evidence.ts'
import type { Told } from '../../src/core/live.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, gloo, mesh } from '../harness/build.ts'
import { discovered, gatewayProxy, istiod, service } from '../harness/live.ts'
import { WholeApi } from '../stand-ins/whole-api.ts'

const TOLD: Told = { facts: { ...facts(), gloo: gloo({ version: undefined }) }, meshes: [] }
const OF_US = {
  'app.kubernetes.io/part-of': 'gloo-istio',
  'app.kubernetes.io/component': 'webhook',
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

const own = (apiVersion: string, kind: string, more: JsonObject = {}): JsonObject => ({
  apiVersion,
  kind,
  metadata: { namespace: 'gloo-istio', name: 'gloo-istio', labels: OF_US, managedFields: [{}] },
  ...more,
})
const registered = (clientConfig: JsonObject): JsonObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'gloo-istio.gloo-istio', labels: OF_US },
  webhooks: [{ name: 'upstreams.gloo-istio.io', clientConfig }],
})
const SERVICE = { namespace: 'gloo-istio', name: 'gloo-istio' }
const REGISTERED = registered({ service: SERVICE, caBundle: base64('gloo-istio authority') })

const deployment = (...args: readonly string[]): JsonObject =>
  own('apps/v1', 'Deployment', {
    spec: {
      selector: { matchLabels: { run: 'webhook' } },
      template: {
        spec: {
          containers: [{ name: 'webhook', args }],
          volumes: [{ name: 'tls', secret: { secretName: 'serving' } }],
        },
      },
    },
  })
const secret = (namespace: string, name: string, data: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name },
  data,
})
const crd: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'upstreams.gloo.solo.io' },
}
const OWN: readonly JsonObject[] = [
  REGISTERED,
  deployment('serve', '--authority-secret=gloo-istio/shared'),
  own('v1', 'ConfigMap', { data: { 'config.yaml': 'told' } }),
  own('v1', 'Service'),
  own('policy/v1', 'PodDisruptionBudget'),
  own('coordination.k8s.io/v1', 'Lease'),
  secret('gloo-istio', 'shared', {
    'tls.crt': base64('current'),
    'next.crt': base64('next'),
    'former.crt': base64('former'),
  }),
  secret('gloo-istio', 'serving', { 'tls.crt': base64('served') }),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'gloo-istio', name: 'one', labels: { run: 'webhook' } },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'gloo-istio',
      name: 'one',
      labels: { 'kubernetes.io/service-name': 'gloo-istio' },
    },
  },
]
const CLUSTER: readonly JsonObject[] = [
  ...istiod('1.22.3'),
  gatewayProxy('1.17.0'),
  service('default', 'details'),
  { ...discovered('default', 'details'), status: { state: 'Accepted' } },
  crd,
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'gloo-system', name: 'istio-ca-root-cert' },
    data: { 'root-cert.pem': 'root' },
  },
]

const seen = (pem: string): readonly CertificateSeen[] =>
  pem === '' ? [] : [{ subject: pem, issuer: pem, notBefore: 0, notAfter: 1, fingerprint: pem }]

const gather = (api: WholeApi, more: Partial<EvidencePorts> = {}) =>
  gatherEvidence({
    api,
    signal: new AbortController().signal,
    namespace: undefined,
    when: 'after',
    program: '1.0.0',
    readConfiguration: text => ({ told: TOLD, violations: text === 'told' ? [] : [String(text)] }),
    readCertificates: seen,
    problemOf: data => (data['tls.crt'] ? undefined : 'nothing in it'),
    tryOut: async () => ({ kind: 'filled', text: 'filled' }),
    clock: () => ({ now: 7, skew: 0 }),
    ...more,
  })

const subjectsOf = (certificates: readonly CertificateSeen[] = []) =>
  certificates.map(({ subject }) => subject)

t.test('everything that is there is seen, and no key of it', async t => {
  const evidence = await gather(new WholeApi([...CLUSTER, ...OWN]))
  t.match(evidence, {
    now: 7,
    program: '1.0.0',
    kubernetes: 'v1.37.2',
    violations: [],
    release: { namespace: 'gloo-istio', name: 'gloo-istio' },
    releases: [{ namespace: 'gloo-istio', name: 'gloo-istio' }],
    unseen: {},
    rights: [],
    trial: { kind: 'filled', namespace: 'gloo-system' },
  })
  const counts = Object.entries(evidence.objects).map(([source, { length }]) => [source, length])
  t.strictSame(Object.fromEntries(counts), {
    apiGroups: 1,
    crds: 1,
    allNamespaces: 1,
    mutatingWebhooks: 1,
    validatingWebhooks: 0,
    releaseDeployments: 1,
    releasePods: 1,
    releaseConfigMaps: 1,
    releaseServices: 1,
    disruptionBudgets: 1,
    leases: 1,
    endpointSlices: 1,
    roleBindings: 0,
    managedCertificates: 0,
    rootAuthorities: 1,
    nodeAgents: 0,
    upstreamStates: 1,
    contestedEvents: 0,
  })
  t.strictSame(subjectsOf(evidence.bundles[0]?.certificates), ['gloo-istio authority'])
  t.strictSame(subjectsOf(evidence.rootAuthorities[0]?.certificates), ['root'])
  t.match(evidence.serving, { place: 'Secret gloo-istio/serving', isThere: true })
  const { authority } = evidence
  t.match(authority, { place: 'Secret gloo-istio/shared', isThere: true, problem: undefined })
  t.strictSame([authority?.current, authority?.next, authority?.former].map(subjectsOf), [
    ['current'],
    ['next'],
    ['former'],
  ])
  t.equal(evidence.readTime('1970-01-01T00:00:01Z'), 1000)
  t.notMatch(JSON.stringify(evidence.objects), 'managedFields')
})

t.test('an empty cluster', async t => {
  const evidence = await gather(new WholeApi([]))
  t.match(evidence, {
    release: { namespace: 'gloo-istio', name: 'gloo-istio' },
    releases: [],
    violations: ['undefined'],
    bundles: [],
    authority: undefined,
    serving: undefined,
    trial: undefined,
    unseen: {},
  })
})

t.test('a namespace is named', async t => {
  const api = new WholeApi([...CLUSTER, ...OWN])
  t.match(await gather(api, { namespace: 'other' }), {
    release: { namespace: 'other', name: 'gloo-istio' },
    releases: [],
  })
})

t.test('a Deployment that is not registered is a release, too', async t => {
  const evidence = await gather(new WholeApi([deployment('serve')]))
  t.strictSame(evidence.releases, [{ namespace: 'gloo-istio', name: 'gloo-istio' }])
  t.equal(evidence.authority, undefined, 'and has no authority in a Secret')
  t.match(evidence.serving, { isThere: false, certificates: [] })
})

t.test('outside of the cluster, the bundle tells whose authority it is', async t => {
  const url = 'https://example.com/mutate'
  const ours = registered({ url, caBundle: base64('gloo-istio authority') })
  t.match((await gather(new WholeApi([ours]))).authority, {
    place: 'Secret gloo-istio/gloo-istio-authority',
    isThere: false,
    problem: 'nothing in it',
  })
  const theirs = registered({ url, caBundle: base64('somebody else') })
  t.equal((await gather(new WholeApi([theirs]))).authority, undefined)
  t.match((await gather(new WholeApi([registered({ url })]))).bundles, [{ isThere: false }])
})

t.test('what is withheld is named, and all else is seen', async t => {
  const api = new WholeApi([...CLUSTER, ...OWN])
  for (const right of ['list pods', 'get secrets', 'get customresourcedefinitions'])
    api.forbidden.add(right)
  const refused = new ApiError({ statusCode: 403, headers: {} }, '{"message":"not you"}')
  const evidence = await gather(api, { tryOut: () => Promise.reject(refused) })
  t.match(evidence.unseen, {
    pods: 'cannot be seen without the right to list pods',
    releasePods: 'cannot be seen without the right to list pods in gloo-istio',
    authority: 'cannot be seen without the right to get secrets in gloo-istio',
    servingSecret: 'cannot be seen without the right to get secrets in gloo-istio',
    crds: 'right to get customresourcedefinitions.apiextensions.k8s.io',
    trial: 'cannot be seen: not you',
  })
  t.equal(evidence.trial, undefined)
  t.equal(evidence.objects.leases.length, 1)
})

t.test('Secrets of Citadel are looked for where proxies take certificates from it', async t => {
  const citadel = mesh('istio-system.istio', { mode: 'citadel-files' })
  const told: Told = { facts: TOLD.facts, meshes: [{ ...citadel, istioVersion: '1.4.0' }] }
  const readConfiguration = () => ({ told, violations: [] })
  const objects = [gatewayProxy('1.4.0'), crd]
  const without = await gather(new WholeApi(objects), { readConfiguration })
  t.strictSame(without.citadelSecrets, [
    { place: 'Secret gloo-system/istio.gateway-proxy', isThere: false, certificates: [] },
  ])
  const written = secret('gloo-system', 'istio.gateway-proxy', {
    'cert-chain.pem': base64('chain'),
  })
  const { citadelSecrets } = await gather(new WholeApi([...objects, written]), {
    readConfiguration,
  })
  t.match(citadelSecrets, [{ isThere: true, certificates: [{ subject: 'chain' }] }])
})

t.test('before an installation rights are asked for, and nothing is tried out', async t => {
  const api = new WholeApi(CLUSTER)
  api.denied.add('create secrets')
  const { rights, trial } = await gather(api, { when: 'before' })
  t.equal(trial, undefined)
  t.strictSame(
    rights.filter(({ isAllowed }) => !isAllowed),
    [{ verb: 'create', group: '', resource: 'secrets', isAllowed: false }],
  )
})

t.test('an API server that nobody reaches is told from one that breaks half-way', async t => {
  const api = new WholeApi([])
  api.away = new Error('connect ECONNREFUSED')
  await t.rejects(gather(api), {
    name: 'UnreachableError',
    message: /cannot be asked: connect ECONNREFUSED/,
  })
  const half = new WholeApi(CLUSTER)
  const readConfiguration: EvidencePorts['readConfiguration'] = () => {
    half.away = new Error('socket hang up')
    return { told: TOLD, violations: [] }
  }
  await t.rejects(gather(half, { readConfiguration }), { message: 'socket hang up' })
})
