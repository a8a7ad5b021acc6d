import jsonpatch, { type Operation } from 'fast-json-patch'
import type { Test } from 'tap'
import { defaultConfiguration, factsOf } from '../../src/config/configuration.ts'
import { type Check, type CheckResult, runChecks, type Status } from '../../src/core/check.ts'
import type { CertificateSeen, CertificatesAt, Evidence } from '../../src/core/check-evidence.ts'
import { isGatewayProxy } from '../../src/core/gateway-proxy.ts'
import { isRecord, textAt } from '../../src/core/json.ts'
import { detectedIn, liveFacts, type Told } from '../../src/core/live.ts'
import { planOf } from '../../src/core/plan.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { readBootstrap } from '../../src/envoy/bootstrap.ts'
import { discovered, GLOO_SYSTEM, gatewayProxy, istiod, namespace, pod, service } from './live.ts'

/** Evidence of a cluster in the best of health, and what spoils it. */

export const NOW = Date.parse('2026-06-01T12:00:00Z')
const DAY_MS = 86_400_000

export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()

/** A certificate of so many more days, of a year in all. */
export const certificate = (days: number, fingerprint = `${days} days`): CertificateSeen => ({
  subject: 'O=gloo-istio\nCN=gloo-istio authority',
  issuer: 'O=gloo-istio\nCN=gloo-istio authority',
  notBefore: NOW + (days - 365) * DAY_MS,
  notAfter: NOW + days * DAY_MS,
  fingerprint,
})

export const certificatesAt = (
  place: string,
  ...certificates: readonly CertificateSeen[]
): CertificatesAt => ({ place, isThere: true, certificates })

/** The same objects with those of a kind, or one of them, changed. */
export const editing =
  (kind: string, change: (object: JsonObject) => JsonObject, name?: string) =>
  (objects: readonly JsonObject[]): readonly JsonObject[] =>
    objects.map(object =>
      object['kind'] === kind && (name === undefined || textAt(object, 'metadata', 'name') === name)
        ? change(object)
        : object,
    )

export const without =
  (...kinds: readonly string[]) =>
  (objects: readonly JsonObject[]): readonly JsonObject[] =>
    objects.filter(object => !kinds.includes(String(object['kind'])))

export const adding =
  (...more: readonly JsonObject[]) =>
  (objects: readonly JsonObject[]): readonly JsonObject[] => [...objects, ...more]

/** A merge as `kubectl patch --type=merge` makes it. */
export const merged = (object: unknown, change: JsonObject): JsonObject => {
  const base = isRecord(object) ? object : {}
  const entries = Object.entries(change).map(([key, value]) => [
    key,
    isRecord(value) ? merged(base[key], value) : value,
  ])
  return { ...base, ...Object.fromEntries(entries) }
}

const READY = {
  replicas: 1,
  updatedReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
}

const istiodService: JsonObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'istio-system', name: 'istiod' },
}

export const settings = (spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Settings',
  metadata: { namespace: GLOO_SYSTEM, name: 'default' },
  spec,
})

const CLUSTER: readonly JsonObject[] = [
  namespace(GLOO_SYSTEM),
  namespace('team-a', { 'gloo-istio.io/mtls': 'enabled' }),
  ...istiod('1.22.3').map(object =>
    object['kind'] === 'Deployment' ? { ...object, status: READY } : object,
  ),
  istiodService,
  settings(),
  service('team-a', 'details'),
  pod('team-a', 'details'),
  discovered('team-a', 'details'),
  { ...gatewayProxy('1.17.3'), status: READY },
]

const factsFor = (objects: readonly JsonObject[], told: Told): Facts => {
  const snapshot = snapshotOf(objects)
  return liveFacts(told, snapshot, detectedIn(told, snapshot))
}

const inLine = (object: JsonObject, facts: Facts): JsonObject =>
  jsonpatch.applyPatch(
    structuredClone(object),
    planOf(object, facts, at(-3600)).patch as Operation[],
  ).newDocument

/** What the reconciler would leave behind: proxies first, then Upstreams. */
const broughtInLine = (objects: readonly JsonObject[], told: Told): readonly JsonObject[] => {
  const first = factsFor(objects, told)
  const proxied = objects.map(one => (isGatewayProxy(one) ? inLine(one, first) : one))
  const second = factsFor(proxied, told)
  return proxied.map(one => (one['kind'] === 'Upstream' ? inLine(one, second) : one))
}

const RELEASE = { namespace: 'gloo-istio', name: 'gloo-istio' }
const OF_US = { 'app.kubernetes.io/part-of': 'gloo-istio' }
const IMAGE = 'ghcr.io/gloo-istio/gloo-istio:0.1.0'

export const named = (name: string, more: JsonObject = {}): JsonObject => ({
  ...more,
  metadata: { namespace: RELEASE.namespace, name, labels: OF_US },
})

export const ownDeployment = (more: JsonObject = {}): JsonObject =>
  merged(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      ...named('gloo-istio'),
      spec: {
        replicas: 2,
        template: { spec: { containers: [{ name: 'webhook', image: IMAGE }] } },
      },
      status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
    },
    more,
  )

export const ownPod = (name: string, image = IMAGE, restartCount = 0): JsonObject => ({
  ...named(name),
  spec: { containers: [{ name: 'webhook', image }] },
  status: { containerStatuses: [{ restartCount }] },
})

export const LEFT_OUT = ['kube-system', 'kube-public', 'kube-node-lease', 'gloo-istio']

/** One webhook of the chart. */
export const hook = (name: string, more: JsonObject = {}): JsonObject => ({
  name: `${name}.gloo-istio.io`,
  clientConfig: { service: RELEASE },
  failurePolicy: 'Ignore',
  timeoutSeconds: 5,
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: LEFT_OUT }],
  },
  ...more,
})

export const rule = (group: string, ...resources: readonly string[]): JsonObject => ({
  apiGroups: [group],
  apiVersions: ['v1'],
  resources,
  operations: ['CREATE', 'UPDATE'],
})

const HOOKS = [
  hook('upstreams', { rules: [rule('gloo.solo.io', 'upstreams')] }),
  hook('workloads', { rules: [rule('apps', 'deployments', 'daemonsets')] }),
  hook('bootstraps', { rules: [rule('', 'configmaps')] }),
]

export const registration = (
  hooks: readonly JsonObject[] = HOOKS,
  name = 'gloo-istio.gloo-istio',
): JsonObject => ({ kind: 'MutatingWebhookConfiguration', ...named(name), webhooks: hooks })

/** The registration with each webhook changed. */
export const registeredWith = (more: JsonObject): JsonObject =>
  registration(HOOKS.map(one => merged(one, more)))

export const lease = (spec: JsonObject = {}): JsonObject => ({
  ...named('gloo-istio'),
  spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: at(-2), ...spec },
})

export const endpoints = (namespaceName: string, service: string, ready: boolean): JsonObject => ({
  metadata: {
    namespace: namespaceName,
    name: `${service}-1`,
    labels: { 'kubernetes.io/service-name': service },
  },
  endpoints: [{ conditions: { ready } }],
})

const inNamespace = (name: string): JsonObject =>
  namespace(name, { 'kubernetes.io/metadata.name': name })

export const crd = (spec?: unknown, name = 'v1', served = true): JsonObject => ({
  metadata: { name: 'upstreams.gloo.solo.io' },
  spec: {
    versions: [
      {
        name,
        served,
        ...(spec !== undefined && { schema: { openAPIV3Schema: { properties: { spec } } } }),
      },
    ],
  },
})

const OBJECTS: Evidence['objects'] = {
  apiGroups: [{ name: 'admissionregistration.k8s.io' }],
  crds: [crd()],
  allNamespaces: [...LEFT_OUT, GLOO_SYSTEM, 'team-a', 'istio-system'].map(inNamespace),
  mutatingWebhooks: [registration()],
  validatingWebhooks: [],
  releaseDeployments: [ownDeployment()],
  releasePods: [ownPod('one'), ownPod('two')],
  releaseConfigMaps: [named('gloo-istio')],
  releaseServices: [named('gloo-istio')],
  disruptionBudgets: [named('gloo-istio')],
  leases: [lease()],
  endpointSlices: [endpoints('gloo-istio', 'gloo-istio', true)],
  roleBindings: [{ metadata: { name: 'gloo-istio.gloo-istio' } }],
  managedCertificates: [],
  rootAuthorities: [{ metadata: { namespace: GLOO_SYSTEM, name: 'istio-ca-root-cert' } }],
  nodeAgents: [],
  upstreamStates: [],
  contestedEvents: [],
}

const AUTHORITY = certificate(300, 'authority')

export interface Spoils {
  /** What is there before gloo-istio comes. */
  readonly before?: (objects: readonly JsonObject[]) => readonly JsonObject[]
  /** What somebody did after it brought all in line. */
  readonly after?: (objects: readonly JsonObject[]) => readonly JsonObject[]
  /** What the configuration tells. */
  readonly told?: Partial<Facts>
  readonly meshes?: Told['meshes']
  readonly objects?: Partial<Evidence['objects']>
  readonly more?: Partial<Evidence>
}

const same = (objects: readonly JsonObject[]) => objects

export const evidenceOf = (spoils: Spoils = {}): Evidence => {
  const { before = same, after = same, told: more, meshes = [] } = spoils
  const told: Told = {
    facts: { ...factsOf(defaultConfiguration(), readBootstrap), ...more },
    meshes,
  }
  const facts = factsFor(after(broughtInLine(before(CLUSTER), told)), told)
  return {
    now: NOW,
    skew: 0,
    program: '0.1.0',
    kubernetes: 'v1.37.2',
    facts,
    violations: [],
    release: RELEASE,
    releases: [RELEASE],
    unseen: {},
    objects: { ...OBJECTS, ...spoils.objects },
    bundles: ['upstreams', 'workloads', 'bootstraps'].map(name =>
      certificatesAt(`${name}.gloo-istio.io`, AUTHORITY),
    ),
    authority: {
      place: 'Secret gloo-istio/gloo-istio-authority',
      isThere: true,
      problem: undefined,
      current: [AUTHORITY],
      next: [],
      former: [],
    },
    serving: undefined,
    citadelSecrets: [],
    rootAuthorities: [certificatesAt('ConfigMap gloo-system/istio-ca-root-cert', certificate(300))],
    rights: [],
    trial: { kind: 'filled', namespace: GLOO_SYSTEM, text: 'spec.sslConfig was filled' },
    readTime: text => Date.parse(text),
    ...spoils.more,
  }
}

/** Id of a check | what is spoilt | status | what is said */
export type Row = readonly [string, Spoils, Status, string | RegExp]

export const tryCheck = (checks: readonly Check[], id: string, evidence: Evidence): CheckResult => {
  const check = checks.find(one => one.id === id)
  if (check === undefined) throw new TypeError(`no check ${id}`)
  const group = { name: 'one', title: 'One', checks: [check] }
  const [result] = runChecks([group], evidence, check.when ?? 'after')[0]?.results ?? []
  if (result === undefined) throw new TypeError(`no result of ${id}`)
  return result
}

/** Each row is a test; each check has a row where it passes and one where it does not. */
export const testRows = (t: Test, checks: readonly Check[], rows: readonly Row[]): void => {
  for (const [id, spoils, status, said] of rows)
    t.test(`${id} ${status}: ${said}`, async t => {
      const result = tryCheck(checks, id, evidenceOf(spoils))
      t.equal(result.status, status, result.message)
      t.match(result.message, said)
      t.equal(result.hint !== '', status === 'failed' || status === 'warning')
      t.equal(result.doc, `docs/reference/checks.md#${id}`)
    })
  for (const { id } of checks)
    t.test(`${id} is seen both ways`, async t => {
      const of = rows.filter(row => row[0] === id).map(row => row[2])
      t.ok(of.includes('passed'), 'passed')
      t.ok(of.includes('failed') || of.includes('warning'), 'found')
    })
}
