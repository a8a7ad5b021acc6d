/** Kinds of objects that a bundle lists, wherever they may be. */
export interface Source {
  readonly path: string
  readonly about: string
  /** Where it may be served, best first; `{namespace}` stands for each namespace of ours. */
  readonly paths: readonly string[]
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

const gloo = (plural: string) => [`/apis/gloo.solo.io/v1/${plural}`]

const OURS = 'app.kubernetes.io/part-of=gloo-istio'

/** Finds us: the label is on all that the chart makes. */
export const OUR_DEPLOYMENTS: Source = {
  path: 'gloo-istio/deployments.yaml',
  about: 'our Deployments',
  paths: ['/apis/apps/v1/deployments'],
  labelSelector: OURS,
}

const ours = (
  plural: string,
  about: string,
  group = '/api/v1',
  labelSelector?: string,
): Source => ({
  path: `gloo-istio/${plural}.yaml`,
  about,
  paths: [`${group}/namespaces/{namespace}/${plural}`],
  ...(labelSelector === undefined ? {} : { labelSelector }),
})

/** Where our configuration is. */
export const CONFIGURATIONS = 'gloo-istio/configmaps.yaml'

/** In each namespace that we are installed in. */
export const IN_OUR_NAMESPACES: readonly Source[] = [
  ours('configmaps', 'our configuration', '/api/v1', OURS),
  ours('services', 'our Services', '/api/v1', OURS),
  ours('serviceaccounts', 'our ServiceAccounts', '/api/v1', OURS),
  ours('events', 'Events of our namespace'),
  ours('leases', 'who brings existing objects in line', '/apis/coordination.k8s.io/v1'),
  ours('roles', 'our rights in our namespace', '/apis/rbac.authorization.k8s.io/v1', OURS),
  ours('networkpolicies', 'who may reach us', '/apis/networking.k8s.io/v1'),
  ours('poddisruptionbudgets', 'how many of us have to stay', '/apis/policy/v1', OURS),
]

/** Of the whole cluster. */
export const EVERYWHERE: readonly Source[] = [
  {
    path: 'gloo-istio/clusterroles.yaml',
    about: 'our rights in the cluster',
    paths: ['/apis/rbac.authorization.k8s.io/v1/clusterroles'],
    labelSelector: OURS,
  },
  {
    path: 'gloo-istio/events-of-others.yaml',
    about: 'Events that we wrote about Upstreams and proxies',
    paths: ['/api/v1/events'],
    fieldSelector: 'source=gloo-istio',
  },
  {
    path: 'cluster/namespaces.yaml',
    about: 'namespaces with their labels',
    paths: ['/api/v1/namespaces'],
  },
  { path: 'gloo/upstreams.yaml', about: 'Upstreams', paths: gloo('upstreams') },
  { path: 'gloo/settings.yaml', about: 'Settings of Gloo', paths: gloo('settings') },
  {
    path: 'gloo/deployments.yaml',
    about: 'Deployments of Gloo, its proxies among them',
    paths: ['/apis/apps/v1/deployments'],
    labelSelector: 'gloo',
  },
  {
    path: 'gloo/daemonsets.yaml',
    about: 'DaemonSets of Gloo',
    paths: ['/apis/apps/v1/daemonsets'],
    labelSelector: 'gloo',
  },
  {
    path: 'gloo/pods.yaml',
    about: 'pods of Gloo',
    paths: ['/api/v1/pods'],
    labelSelector: 'gloo',
  },
  {
    path: 'gloo/bootstraps.yaml',
    about: 'bootstraps of its proxies',
    paths: ['/api/v1/configmaps'],
    labelSelector: 'gloo',
  },
  {
    path: 'istio/control-planes.yaml',
    about: 'istiod, Pilot and Citadel',
    paths: ['/apis/apps/v1/deployments'],
    labelSelector: 'istio in (pilot,citadel)',
  },
  {
    path: 'istio/peerauthentications.yaml',
    about: 'which workloads want mutual TLS',
    paths: [
      '/apis/security.istio.io/v1/peerauthentications',
      '/apis/security.istio.io/v1beta1/peerauthentications',
    ],
  },
  {
    path: 'istio/policies.yaml',
    about: 'the same before Istio 1.6',
    paths: ['/apis/authentication.istio.io/v1alpha1/policies'],
  },
  {
    path: 'istio/meshpolicies.yaml',
    about: 'the same for a whole mesh',
    paths: ['/apis/authentication.istio.io/v1alpha1/meshpolicies'],
  },
  {
    path: 'istio/destinationrules.yaml',
    about: 'what sidecars do with TLS',
    paths: [
      '/apis/networking.istio.io/v1/destinationrules',
      '/apis/networking.istio.io/v1beta1/destinationrules',
      '/apis/networking.istio.io/v1alpha3/destinationrules',
    ],
  },
]

/** How Istio is configured; which ConfigMap it is hangs on the control planes. */
export const MESH_CONFIGS = 'istio/mesh-config.yaml'

export const WEBHOOKS: Source = {
  path: 'cluster/mutating-webhooks.yaml',
  about: 'mutating webhooks that see the objects that we change, ours among them',
  paths: ['/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'],
}

/** What we change, by plural. */
const CHANGED = ['upstreams', 'deployments', 'daemonsets', 'configmaps', '*', '*/*']

/** Whether a rule of a webhook is about something that we change. */
export const isAboutOurs = (resources: readonly unknown[]): boolean =>
  resources.some(resource => typeof resource === 'string' && CHANGED.includes(resource))
