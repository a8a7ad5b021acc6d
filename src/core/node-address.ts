import { field, fieldAt, items, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** From where one is most likely to be heard to where one hardly is (k8s.io/api@v0.37.2:core/v1/types.go). */
const TYPES = ['ExternalIP', 'ExternalDNS', 'InternalIP', 'InternalDNS', 'Hostname']

/** The address by which a node is reached; undefined when it tells none. */
export const addressOfNode = (node: JsonObject): string | undefined => {
  const addresses = items(fieldAt(node, 'status', 'addresses'))
  return TYPES.map(type => addresses.find(address => field(address, 'type') === type))
    .map(address => textAt(address, 'address'))
    .find(address => address !== '')
}

/** What runs a cluster on somebody's own machine. */
export type LocalCluster = 'minikube' | 'kind'

/**
 * Which of them a node is of, by what they leave on it: minikube a label, kind its own kind of provider
 * (kubernetes-sigs/kind:pkg/cluster/internal/kubeadm/config.go). By its name, where that is missing: SuperGloo
 * knew minikube by nothing else.
 */
export const localClusterOf = (node: JsonObject, clusterName: string): LocalCluster | undefined => {
  const name = textAt(node, 'metadata', 'name')
  const labels = fieldAt(node, 'metadata', 'labels')
  if (textAt(node, 'spec', 'providerID').startsWith('kind://')) return 'kind'
  if (field(labels, 'minikube.k8s.io/name') !== undefined || name === clusterName) return 'minikube'
  return name.endsWith('-control-plane') ? 'kind' : undefined
}
