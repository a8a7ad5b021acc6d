import type { ObjectSource, ReleaseSeen } from '../core/check-evidence.ts'
import { field, fieldAt, isRecord, items, textAt, textOf } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import type { Resource } from './list.ts'

type Listed = Omit<Resource, 'kind' | 'trim'> & { readonly trim?: Resource['trim'] }

/** Labels of the chart on all that it makes, but for pods. */
const OF_US = 'app.kubernetes.io/part-of=gloo-istio'
/** The same without what only its hooks need. */
export const OF_WEBHOOK = `${OF_US},app.kubernetes.io/component=webhook`

const versions = (group: string, names: readonly string[], rest: string) =>
  names.map(version => `/apis/${group}/${version}/${rest}`)

const ADMISSION = 'admissionregistration.k8s.io'

export const MUTATING: Listed = {
  paths: versions(ADMISSION, ['v1', 'v1beta1'], 'mutatingwebhookconfigurations'),
}
export const DEPLOYMENTS: Listed = {
  paths: ['/apis/apps/v1/deployments'],
  labelSelector: OF_WEBHOOK,
}

/** What is the same for every release. */
export const CLUSTER_LISTS: Partial<Readonly<Record<ObjectSource, Listed>>> = {
  allNamespaces: { paths: ['/api/v1/namespaces'] },
  mutatingWebhooks: MUTATING,
  validatingWebhooks: {
    paths: versions(ADMISSION, ['v1', 'v1beta1'], 'validatingwebhookconfigurations'),
  },
  roleBindings: {
    paths: ['/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'],
    labelSelector: OF_WEBHOOK,
  },
  rootAuthorities: {
    paths: ['/api/v1/configmaps'],
    fieldSelector: 'metadata.name=istio-ca-root-cert',
  },
  // istio@1.4.0:install/kubernetes/helm/istio/charts/nodeagent/templates/daemonset.yaml
  nodeAgents: {
    paths: ['/apis/apps/v1/daemonsets'],
    fieldSelector: 'metadata.name=istio-nodeagent',
  },
  upstreamStates: {
    paths: ['/apis/gloo.solo.io/v1/upstreams'],
    trim: ({ metadata, status }) => ({ metadata, ...(status !== undefined && { status }) }),
  },
  contestedEvents: { paths: ['/api/v1/events'], fieldSelector: 'reason=Contested' },
}

/** What is in the namespace of a release. */
export const releaseLists = ({
  namespace,
  name,
}: ReleaseSeen): Partial<Readonly<Record<ObjectSource, Listed>>> => {
  const inside = `namespaces/${encodeURIComponent(namespace)}`
  const named = `metadata.name=${name}`
  return {
    releaseDeployments: {
      paths: [`/apis/apps/v1/${inside}/deployments`],
      labelSelector: OF_WEBHOOK,
      fieldSelector: named,
    },
    releaseConfigMaps: { paths: [`/api/v1/${inside}/configmaps`], fieldSelector: named },
    releaseServices: { paths: [`/api/v1/${inside}/services`], fieldSelector: named },
    disruptionBudgets: {
      paths: versions('policy', ['v1', 'v1beta1'], `${inside}/poddisruptionbudgets`),
      fieldSelector: named,
    },
    leases: {
      paths: versions('coordination.k8s.io', ['v1', 'v1beta1'], `${inside}/leases`),
      fieldSelector: named,
    },
    managedCertificates: {
      paths: [`/apis/cert-manager.io/v1/${inside}/certificates`],
      labelSelector: OF_WEBHOOK,
    },
  }
}

/** Pods of a Deployment, by its selector. */
export const podList = (deployment: JsonObject): Listed => {
  const labels = fieldAt(deployment, 'spec', 'selector', 'matchLabels')
  const wanted = Object.entries(isRecord(labels) ? labels : {})
  const namespace = textAt(deployment, 'metadata', 'namespace')
  return {
    paths: [`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`],
    labelSelector: wanted.map(([key, value]) => `${key}=${textOf(value)}`).join(','),
  }
}

/** Where the webhooks that were found are reached. */
export const endpointList = (configurations: readonly JsonObject[]): Listed | undefined => {
  const names = configurations
    .flatMap(one => items(field(one, 'webhooks')))
    .map(hook => textAt(hook, 'clientConfig', 'service', 'name'))
    .filter(Boolean)
  if (names.length === 0) return undefined
  return {
    paths: versions('discovery.k8s.io', ['v1', 'v1beta1'], 'endpointslices'),
    labelSelector: `kubernetes.io/service-name in (${[...new Set(names)].join(',')})`,
  }
}
