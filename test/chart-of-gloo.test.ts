import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { injectManifests } from '../src/cli/inject.ts'
import { podSpecOf } from '../src/core/additions.ts'
import { bootstrapText, sdsClusterOf } from '../src/core/bootstrap.ts'
import { volumeNameOf } from '../src/core/certificate-paths.ts'
import { field, isRecord, items, textAt } from '../src/core/json.ts'
import type { JsonObject } from '../src/core/types.ts'
import { readBootstrap } from '../src/envoy/bootstrap.ts'
import { factsOn, mesh } from './harness/build.ts'
import { objectsIn } from './harness/manifests.ts'

// What we make of a plain gateway-proxy, field by field beside what Gloo's own chart renders with its
// Istio integration switched on: whatever differs is listed here, with the reason.
const CORPUS = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))

/** The chart's names for our volumes, which have names that nobody else gives. */
const ROLES: Readonly<Record<string, string>> = {
  certs: 'istio-certs',
  ca: 'istiod-ca-cert',
  envoy: 'istio-envoy',
  token: 'istio-token',
  cred: 'credential-socket',
  uds: 'workload-socket',
  keys: 'workload-certs',
}

const keyOf = (item: unknown) => textAt(item, 'mountPath') || textAt(item, 'name')

/** Every leaf of a value by its path; items of a list by their name, plain ones all in one. */
const leaves = (value: unknown, path = ''): [string, unknown][] => {
  if (isRecord(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, found]) =>
      leaves(found, path === '' ? key : `${path}.${key}`),
    )
  if (items(value).some(isRecord))
    return items(value).flatMap((item, index) => leaves(item, `${path}[${keyOf(item) || index}]`))
  if (isRecord(value)) return [[path, '{}']]
  return [[path, Array.isArray(value) ? value.join(' ') : value]]
}

/** The sidecars and the volumes of the first gateway-proxy in a file. */
const sidecarsIn = (text: string): ReadonlyMap<string, unknown> => {
  const isProxy = (object: JsonObject) => textAt(object, 'kind') === 'Deployment'
  const pod = podSpecOf(objectsIn(text).find(isProxy) ?? {})
  const containers = items(field(pod, 'containers')).filter(
    container => textAt(container, 'name') !== 'gateway-proxy',
  )
  const found = leaves({ containers, volumes: field(pod, 'volumes') })
  return new Map(found.map(([path, value]) => [renamed(path), renamed(value)]))
}

const renamed = <T>(value: T): T => {
  if (typeof value !== 'string') return value
  const name = volumeNameOf(mesh('istio-system.istio'), 'x').slice(0, -1)
  return Object.entries(ROLES).reduce<string>(
    (text, [role, theirs]) => text.replaceAll(name + role, theirs),
    value,
  ) as T
}

/** Why a field differs, by the start of its path. */
type Reasons = Readonly<Record<string, string>>

const ALWAYS: Reasons = {
  'containers[sds].env[SDS_SERVER_ADDRESS]': 'keys are served on the loopback only, not to any pod',
  'containers[sds].readinessProbe': 'nothing answers from outside of the pod',
  'containers[sds].ports': 'nothing answers from outside of the pod',
  'containers[sds].resources': 'namespaces with a quota take no container without',
  'containers[istio-proxy].resources': 'namespaces with a quota take no container without',
  'containers[sds].securityContext': 'PodSecurity restricted',
  'containers[istio-proxy].securityContext': 'PodSecurity restricted',
  'containers[sds].volumeMounts[/etc/envoy].readOnly': 'sds only reads it',
  'containers[istio-proxy].volumeMounts[/var/run/secrets/istio].readOnly':
    'the agent only reads it',
  'containers[istio-proxy].volumeMounts[/var/run/secrets/tokens].readOnly':
    'the agent only reads it',
  'containers[istio-proxy].env[PROXY_CONFIG]': 'the same as plain JSON',
  'containers[istio-proxy].env[ISTIO_META_POD_NAME].valueFrom.fieldRef.apiVersion': 'the default',
  'containers[istio-proxy].env[ISTIO_META_CONFIG_NAMESPACE].valueFrom.fieldRef.apiVersion':
    'the default',
}

const cases: readonly [string, string, string, string, Reasons][] = [
  [
    '1.22.1',
    'v1.22.1/default.yaml',
    'v1.22.1/istio-integration.yaml',
    '1.22.0',
    {
      'containers[sds].env[LOG_LEVEL]': 'the default',
      'containers[sds].env[START_STATS_SERVER]': 'a port that nobody asked for',
    },
  ],
  [
    '1.12.59',
    'v1.12.59/default.yaml',
    'v1.12.59/istio-sds.yaml',
    '1.15.7',
    {
      'containers[istio-proxy].env[DISABLE_ENVOY]': 'no idle Envoy, as the chart does from 1.17 on',
      'containers[istio-proxy].args': 'what only that Envoy needs is left out',
      'containers[istio-proxy].readinessProbe': 'it is that Envoy’s, which waits for all of xDS',
    },
  ],
]

for (const [version, plain, integrated, istioVersion, own] of cases) {
  const skip = existsSync(CORPUS) ? false : `no manifests of Gloo at ${CORPUS}`
  t.test(`beside the chart of Gloo ${version}`, { skip }, async t => {
    const read = (file: string) => readFileSync(CORPUS + file, 'utf8')
    const facts = factsOn(version, mesh('istio-system.istio', { istioVersion }))
    const ours = sidecarsIn(injectManifests(read(plain), facts).manifests)
    const theirs = sidecarsIn(read(integrated))
    t.ok(theirs.size > 60, `${theirs.size} fields`)
    const paths = new Set([...ours.keys(), ...theirs.keys()])
    const different = [...paths].filter(path => ours.get(path) !== theirs.get(path))
    const reasons = { ...ALWAYS, ...own }
    const reasonOf = (path: string) => Object.keys(reasons).find(start => path.startsWith(start))
    t.strictSame(
      different
        .filter(path => reasonOf(path) === undefined)
        .map(path => `${path}: ${String(ours.get(path))} instead of ${String(theirs.get(path))}`),
      [],
      'no difference without a reason',
    )
    t.strictSame(
      Object.keys(reasons).filter(start => !different.some(path => path.startsWith(start))),
      [],
      'no reason without a difference',
    )
  })

  t.test(`the cluster in the bootstrap of Gloo ${version}`, { skip }, async t => {
    const isConfigMap = (object: JsonObject) => bootstrapText(object) !== undefined
    const configMap = objectsIn(readFileSync(CORPUS + integrated, 'utf8')).find(isConfigMap) ?? {}
    const clusters = readBootstrap(bootstrapText(configMap)?.text ?? '')?.clusters ?? []
    const theirs = clusters.find(cluster => textAt(cluster, 'name') === 'gateway_proxy_sds')
    t.strictSame(sdsClusterOf('gateway_proxy_sds', 8234), theirs)
  })
}
