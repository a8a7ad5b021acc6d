import type { Collection } from '../core/snapshot.ts'
import { trim } from '../core/trim.ts'
import type { Resource } from './list.ts'

/** One watch, and the collection that it fills. */
export interface Watched {
  readonly collection: Collection
  readonly resource: Resource
  /** Whether one can do without: what it would tell is unknown then. Default: no. */
  readonly isOptional?: boolean
}

type Selectors = Pick<Resource, 'labelSelector' | 'fieldSelector'>

const watched = (
  kind: string,
  collection: Collection,
  paths: readonly string[],
  selectors: Selectors = {},
): Watched => ({
  collection,
  resource: {
    kind,
    paths,
    ...selectors,
    trim: object => trim(collection, object),
  },
})

/** Every pod that may be asked something; those that are over answer nothing any more. */
const RUNNING_PODS = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }
/** Proxies of Gloo, and their bootstraps; see `isGatewayProxy`. */
const OF_GLOO = { labelSelector: 'gloo' }
/** On istiod, Pilot and Citadel of every version; see `controlPlaneOf`. */
const OF_ISTIO = { labelSelector: 'istio in (pilot,citadel)' }

const istioPolicy = (plural: string) => [`/apis/authentication.istio.io/v1alpha1/${plural}`]

/** All that is watched from the start. Custom resources that are not installed count as none. */
export const WATCHED: readonly Watched[] = [
  watched('namespaces', 'namespaces', ['/api/v1/namespaces']),
  watched('services', 'services', ['/api/v1/services']),
  watched('pods', 'pods', ['/api/v1/pods'], RUNNING_PODS),
  watched('proxies', 'deployments', ['/apis/apps/v1/deployments'], OF_GLOO),
  watched('controlPlanes', 'deployments', ['/apis/apps/v1/deployments'], OF_ISTIO),
  watched('proxyDaemonSets', 'daemonSets', ['/apis/apps/v1/daemonsets'], OF_GLOO),
  watched('settings', 'settings', ['/apis/gloo.solo.io/v1/settings']),
  watched('upstreams', 'upstreams', ['/apis/gloo.solo.io/v1/upstreams']),
  watched('peerAuthentications', 'peerAuthentications', [
    '/apis/security.istio.io/v1/peerauthentications',
    '/apis/security.istio.io/v1beta1/peerauthentications',
  ]),
  watched('policies', 'policies', istioPolicy('policies')),
  watched('meshPolicies', 'meshPolicies', istioPolicy('meshpolicies')),
]

/** Watched only by who writes them: it takes the right to see every ConfigMap. */
export const BOOTSTRAPS: Watched = {
  ...watched('bootstraps', 'configMaps', ['/api/v1/configmaps'], OF_GLOO),
  isOptional: true,
}

/** The ConfigMap that a control plane reads, and no other of its namespace. */
export const meshConfigWatch = (namespace: string, name: string): Watched => ({
  ...watched(
    `meshConfig ${namespace}/${name}`,
    'configMaps',
    [`/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`],
    { fieldSelector: `metadata.name=${name}` },
  ),
  // The chart gives the right to see those of revisions that are named to it.
  isOptional: true,
})
