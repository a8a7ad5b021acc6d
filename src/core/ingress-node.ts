import type { ServicePort } from './ingress-port.ts'
import { field, fieldAt, items, textAt } from './json.ts'
import { addressOfNode, type LocalCluster, localClusterOf } from './node-address.ts'
import type { JsonObject } from './types.ts'

/** A port of the nodes on which some of these pods run. */
export interface NodePort {
  readonly pods: readonly JsonObject[]
  readonly nodes: readonly JsonObject[]
  readonly port: number
}

export interface OnNode {
  readonly host: string
  readonly port: number
  readonly notes: readonly string[]
}

/** The Service by its place, for messages. */
interface Place {
  readonly namespace: string
  readonly name: string
}

/** The node of a pod that is ready, else of any. */
export const reachedOnNode = (
  { pods, nodes, port }: NodePort,
  { namespace, name }: Place,
  clusterName: string,
): OnNode | { readonly trouble: string } => {
  const pod = pods.find(found => isReady(found) && nodeOf(found)) ?? pods.find(nodeOf)
  if (pod === undefined)
    return {
      trouble: `no pod behind Service ${name} is on a node: see kubectl get pods -n ${namespace}, and wait for the rollout of the proxy`,
    }
  const nodeName = nodeOf(pod)
  const node = nodes.find(found => textAt(found, 'metadata', 'name') === nodeName)
  // Who may see pods may not see nodes.
  const host = node ? addressOfNode(node) : textAt(pod, 'status', 'hostIP') || undefined
  if (host === undefined)
    return {
      trouble: `node ${nodeName}, where the proxy runs, tells no address: see kubectl describe node ${nodeName}`,
    }
  const local = node && localClusterOf(node, clusterName)
  return { host, port, notes: local ? [LOCAL_NOTES[local]] : [] }
}

const nodeOf = (pod: JsonObject): string => textAt(pod, 'spec', 'nodeName')

const LOCAL_NOTES: Readonly<Record<LocalCluster, string>> = {
  minikube:
    'this is the address that minikube ip prints; where minikube runs in Docker on macOS or Windows, go by minikube service --url or minikube tunnel instead',
  kind: 'a node of kind is reached by this address on Linux; with Docker Desktop, map the port by extraPortMappings of the cluster and go by localhost',
}

const isReady = (pod: JsonObject): boolean =>
  items(fieldAt(pod, 'status', 'conditions')).some(
    condition => field(condition, 'type') === 'Ready' && field(condition, 'status') === 'True',
  )

/** The port of its node on which a pod is heard without any Service; undefined when there is none. */
export const hostPortOf = (pod: JsonObject, { target }: ServicePort): number | undefined => {
  const ports = items(fieldAt(pod, 'spec', 'containers')).flatMap(container =>
    items(field(container, 'ports')),
  )
  const found = ports.find(
    port => field(port, 'containerPort') === target || field(port, 'name') === target,
  )
  const own =
    fieldAt(pod, 'spec', 'hostNetwork') === true ? (field(found, 'containerPort') ?? target) : 0
  return [field(found, 'hostPort'), own].find(isPort)
}

const isPort = (value: unknown): value is number => typeof value === 'number' && value > 0
