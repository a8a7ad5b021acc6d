import { t } from 'tap'
import { parse } from 'yaml'
import { factsOf, parseConfiguration } from '../../src/config/configuration.ts'
import { formOf, isForm } from '../../src/core/form.ts'
import { field, fieldAt, items } from '../../src/core/json.ts'
import { parseVersion } from '../../src/core/version.ts'
import { readBootstrap } from '../../src/envoy/bootstrap.ts'
import { skipUnless } from '../parts/parts.ts'
import {
  chart,
  containerOf,
  foreignSets,
  helm,
  keys,
  newestVersion,
  type Objects,
  podOf,
  readValues,
  render,
  template,
  valueSets,
  webhooksOf,
} from './chart.ts'

const identity = ['ClusterRole', 'ClusterRoleBinding']
const shared = ['Role', 'RoleBinding', 'Secret']
const lease = ['Role', 'RoleBinding', 'Lease']
const always = ['ConfigMap', 'MutatingWebhookConfiguration']
const alone = [...always, 'Deployment', 'Service', 'ServiceAccount']
const leaderless = [...identity, ...alone, ...shared, 'PodDisruptionBudget']
const everything = [...leaderless, 'Lease']
const certified = [...identity, ...alone, ...lease, 'PodDisruptionBudget', 'Certificate']
const kindsOf: Readonly<Record<string, readonly string[]>> = {
  'agent-socket': everything,
  'ca-bundle': [...alone, 'PodDisruptionBudget'],
  'cert-manager': [...certified, 'Issuer'],
  'cert-manager-issuer': certified,
  'citadel-sds': everything,
  'client-authentication': everything,
  default: everything,
  'files-certificates': [...identity, ...alone, ...lease, 'PodDisruptionBudget'],
  'follow-off': leaderless,
  ha: everything,
  'host-network': everything,
  'istio-agent': everything,
  monitoring: [...everything, 'PrometheusRule', 'ServiceMonitor'],
  'network-policy': [...everything, 'NetworkPolicy'],
  'node-agent-sds': everything,
  'one-replica': [...identity, ...alone, ...shared, 'Lease'],
  'passed-on': everything,
  'reconcile-bootstraps': everything,
  'selection-all': everything,
  'selection-mesh-members': everything,
  'selection-off': leaderless,
  'stage-observe': everything,
  'stage-warn': everything,
  'two-meshes': everything,
  url: [...identity, ...shared, ...always, 'ServiceAccount', 'Lease'],
  'whole-sidecar': everything,
}

/** How certificates come to the gateway with the values of a set that names meshes, mesh by mesh. */
const modesOf: Readonly<Record<string, readonly string[]>> = {
  'agent-socket': ['agent-socket'],
  'ca-bundle': ['istio-agent'],
  'citadel-sds': ['citadel-sds'],
  'files-certificates': ['istio-agent'],
  'follow-off': ['istio-agent'],
  'istio-agent': ['istio-agent'],
  'node-agent-sds': ['node-agent-sds'],
  'two-meshes': ['citadel-files', 'citadel-files'],
  url: ['istio-agent'],
  'whole-sidecar': ['istio-agent'],
}

const versions = [
  '1.13',
  '1.14',
  '1.15',
  '1.16',
  '1.18',
  '1.19',
  '1.20',
  '1.21',
  '1.25',
  '1.27',
  '1.28',
  newestVersion,
]
/** Sets that differ in more than the configuration of the program: what they ask for is tried with each version. */
const DIFFERENT = [
  'ca-bundle',
  'cert-manager',
  'default',
  'monitoring',
  'network-policy',
  'passed-on',
  'stage-warn',
  'url',
]
const versionsFor = (values: string) =>
  DIFFERENT.includes(values) ? versions : ['1.13', newestVersion]

const minor = (version: string) => Number(version.split('.')[1])

/** The minor version of Kubernetes that brought fields, and which. */
type Since = Readonly<Record<number, readonly string[]>>

const webhookSince: Since = {
  13: ['clientConfig', 'failurePolicy', 'name', 'namespaceSelector', 'rules', 'sideEffects'],
  14: ['admissionReviewVersions', 'timeoutSeconds'],
  15: ['matchPolicy', 'objectSelector', 'reinvocationPolicy'],
  28: ['matchConditions'],
}
const ruleSince: Since = {
  13: ['apiGroups', 'apiVersions', 'operations', 'resources'],
  14: ['scope'],
}
const serviceSince: Since = { 13: ['name', 'namespace', 'path'], 15: ['port'] }

interface Field {
  readonly object: unknown
  readonly name: string
  /** The minor version of Kubernetes that brought it. */
  readonly since: number
}

/** Fields that every set of values asks for where there is the object that has them. */
const appearing = (objects: Objects): readonly Field[] =>
  [
    { object: field(podOf(objects), 'securityContext'), name: 'seccompProfile', since: 19 },
    { object: podOf(objects), name: 'topologySpreadConstraints', since: 19 },
    { object: containerOf(objects), name: 'startupProbe', since: 18 },
    {
      object: field(objects.get('PodDisruptionBudget'), 'spec'),
      name: 'unhealthyPodEvictionPolicy',
      since: 27,
    },
  ].filter(({ object }) => object !== undefined)

interface Rendered {
  readonly object: unknown
  readonly since: Since
}

/** What is rendered of the kinds that grew with Kubernetes. */
const grown = (objects: Objects): readonly Rendered[] => {
  const webhooks = webhooksOf(objects)
  const rules = webhooks.flatMap(webhook => items(field(webhook, 'rules')))
  const services = webhooks.map(webhook => fieldAt(webhook, 'clientConfig', 'service'))
  return [
    ...webhooks.map(object => ({ object, since: webhookSince })),
    ...rules.map(object => ({ object, since: ruleSince })),
    ...services.map(object => ({ object, since: serviceSince })),
  ].filter(({ object }) => object !== undefined)
}

const fieldsAt = (since: Since, version: string) =>
  Object.entries(since)
    .flatMap(([from, fields]) => (Number(from) <= minor(version) ? fields : []))
    .toSorted()

/** From 1.16 on there is v1, of the registration and of the reviews. */
const spokenBy = (version: string) => {
  const admissionReviewVersions = minor(version) < 16 ? ['v1beta1'] : ['v1', 'v1beta1']
  const webhook = minor(version) < 14 ? {} : { admissionReviewVersions }
  return {
    apiVersion: `admissionregistration.k8s.io/${minor(version) < 16 ? 'v1beta1' : 'v1'}`,
    webhooks: minor(version) < 15 ? [webhook, webhook] : [webhook, webhook, webhook],
  }
}

/** What a set of values says of the configuration, in its own words. */
const configurationIn = (values: string) => {
  const given: unknown = parse(readValues(values))
  const names = [
    'stage',
    'mountRoot',
    'clusterDomain',
    'istioNamespaces',
    'selection',
    'verifyIdentity',
    'defaultMesh',
    'gloo',
    'meshes',
  ]
  return Object.fromEntries(
    names.flatMap(name => (field(given, name) === undefined ? [] : [[name, field(given, name)]])),
  )
}

await t.test('the chart', { skip: skipUnless('helm') }, async t => {
  await t.test('is clean to helm lint --strict', async t => {
    const { stdout, stderr, code } = await helm('lint', '--strict', chart)
    t.equal(code, 0, `${stdout}\n${stderr}`)
    t.notMatch(stdout, /\[(INFO|WARNING|ERROR)\]/)
  })

  for (const [set, selection] of [
    ['selection=null', 'labelled'],
    ['selection=off', 'off'],
    ['selection=false', 'off'],
    ['selection=all', 'all'],
  ] as const)
    await t.test(`has the program select by ${set}: ${selection}`, async t => {
      const text = fieldAt((await render({ set: [set] })).get('ConfigMap'), 'data', 'config.yaml')
      t.match(parseConfiguration(String(text)), { configuration: { selection } })
    })

  await t.test('has a set of values for each way to install it', async t => {
    t.same([...valueSets, ...foreignSets].toSorted(), keys(kindsOf))
  })

  for (const values of keys(kindsOf)) {
    for (const version of versionsFor(values))
      await t.test(`writes ${values} with the fields that Kubernetes ${version} knows`, async t => {
        const objects = await render({ values, version })
        t.same([...objects.keys()].toSorted(), kindsOf[values]?.toSorted())
        for (const { object, since } of grown(objects))
          t.same(keys(object), fieldsAt(since, version))
        for (const { object, name, since } of appearing(objects))
          t.equal(keys(object).includes(name), minor(version) >= since, name)
        t.match(objects.get('MutatingWebhookConfiguration'), spokenBy(version))
      })

    await t.test(`renders ${values} twice to the same bytes`, async t => {
      const [first, second] = await Promise.all([template({ values }), template({ values })])
      t.equal(first.stdout, second.stdout)
    })

    await t.test(
      `writes a configuration for ${values} that the program reads as it was given`,
      async t => {
        const objects = await render({ values })
        const text = fieldAt(objects.get('ConfigMap'), 'data', 'config.yaml')
        const parsed = parseConfiguration(String(text))
        if (!('configuration' in parsed)) return t.fail(JSON.stringify(parsed.violations))
        t.match(parsed.configuration, configurationIn(values))
        const facts = factsOf(parsed.configuration, readBootstrap)
        const forms = facts.meshes.map(mesh =>
          formOf(facts, parseVersion(facts.gloo.version), mesh),
        )
        t.same(
          forms.map(form => (isForm(form) ? form.mode : form.message)),
          modesOf[values] ?? [],
        )
      },
    )
  }
})
