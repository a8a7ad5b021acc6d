import { hostPortOf, type OnNode, reachedOnNode } from './ingress-node.ts'
import { choosePort, type ServicePort } from './ingress-port.ts'
import { field, fieldAt, items, textAt, textOf } from './json.ts'
import type { JsonObject } from './types.ts'

/** What is known of a gateway from outside of its pods. */
export interface Ingress {
  readonly service: JsonObject
  /** Those that the Service selects. */
  readonly pods: readonly JsonObject[]
  readonly nodes: readonly JsonObject[]
}

export interface Wanted {
  /** Name or number of the Service's port. */
  readonly port: string
  /** Whether the cluster runs on this machine, so that no load balancer leads to it. */
  readonly isLocal: boolean
  /** After which minikube names its node. */
  readonly clusterName: string
}

interface Trouble {
  readonly trouble: string
}

/** Where a gateway is reached, and what one should know about that; or why it is not, and what to do. */
export type IngressUrl = { readonly url: string; readonly notes: readonly string[] } | Trouble

/** Undefined where a gateway has no such way. */
type Way = OnNode | Trouble | undefined

/**
 * The address of a gateway for somebody outside of the cluster. First way that is there:
 * what the Service has                  | host                        | port
 * load balancer, unless local           | its host name, else its IP  | of the Service
 * externalIPs, unless local             | the first of them           | of the Service
 * node port                             | node of a pod               | of the node
 * pods with hostNetwork, or a host port | node of such a pod          | of the host
 */
export const urlOfIngress = (ingress: Ingress, wanted: Wanted): IngressUrl => {
  const chosen = choosePort(ingress.service, wanted.port)
  if ('trouble' in chosen) return chosen
  const { port } = chosen
  const outside = wanted.isLocal
    ? undefined
    : (byLoadBalancer(ingress, port) ?? byExternalIp(ingress, port))
  const way = outside ?? byNodePort(ingress, wanted, port) ?? byHostPort(ingress, wanted, port)
  if (way === undefined) return { trouble: closed(ingress, port) }
  if ('trouble' in way) return way
  const scheme = SCHEMES.includes(port.name) ? `${port.name}://` : ''
  return {
    url: `${scheme}${bracketed(way.host)}:${way.port}`,
    notes: [...chosen.notes, ...way.notes],
  }
}

/** SuperGloo knows these two by their names, and no other. */
const SCHEMES = ['http', 'https']

/** RFC 3986 */
const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)

const placeOf = ({ service: { metadata } }: Ingress) => ({
  namespace: textAt(metadata, 'namespace'),
  name: textAt(metadata, 'name'),
})
const typeOf = ({ service }: Ingress) => textAt(service, 'spec', 'type') || 'ClusterIP'

const describe = (ingress: Ingress): string => {
  const { namespace, name } = placeOf(ingress)
  return `see kubectl describe service ${name} -n ${namespace}`
}

/** Its `ipMode` says how nodes treat that address; from outside it is the same either way. */
const byLoadBalancer = (ingress: Ingress, { port }: ServicePort): Way => {
  const entries = items(fieldAt(ingress.service, 'status', 'loadBalancer', 'ingress')).filter(
    entry => hostOf(entry) !== '',
  )
  const [first] = entries
  if (first === undefined) return undefined
  const working = entries.find(entry => errorOf(entry, port) === '')
  if (working) return { host: hostOf(working), port, notes: [] }
  const { name } = placeOf(ingress)
  return {
    trouble: `the load balancer of Service ${name} does not serve port ${port}: ${errorOf(first, port)}; ${describe(ingress)}`,
  }
}

const hostOf = (entry: unknown): string => textAt(entry, 'hostname') || textAt(entry, 'ip')

const errorOf = (entry: unknown, port: number): string =>
  textAt(
    items(field(entry, 'ports')).find(status => field(status, 'port') === port),
    'error',
  )

const byExternalIp = ({ service }: Ingress, { port }: ServicePort): Way => {
  const host = items(fieldAt(service, 'spec', 'externalIPs'))
    .map(textOf)
    .find(Boolean)
  return host === undefined ? undefined : { host, port, notes: [] }
}

const byNodePort = (ingress: Ingress, wanted: Wanted, { nodePort }: ServicePort): Way => {
  if (nodePort === undefined) return undefined
  const place = placeOf(ingress)
  const way = reachedOnNode({ ...ingress, port: nodePort }, place, wanted.clusterName)
  const isPending = typeOf(ingress) === 'LoadBalancer' && !wanted.isLocal
  if ('trouble' in way || !isPending) return way
  const pending = `the load balancer of Service ${place.name} is pending, so this is the port of a node: ask again once it is there, or say --local-cluster where none will come`
  return { ...way, notes: [pending, ...way.notes] }
}

const byHostPort = (ingress: Ingress, wanted: Wanted, port: ServicePort): Way => {
  const heard = ingress.pods
    .map(pod => ({ pod, hostPort: hostPortOf(pod, port) }))
    .filter(({ hostPort }) => hostPort !== undefined)
  const [first] = heard
  if (first?.hostPort === undefined) return undefined
  const pods = heard.filter(({ hostPort }) => hostPort === first.hostPort).map(({ pod }) => pod)
  const onNode = { pods, nodes: ingress.nodes, port: first.hostPort }
  return reachedOnNode(onNode, placeOf(ingress), wanted.clusterName)
}

const closed = (ingress: Ingress, { port }: ServicePort): string => {
  const { namespace, name } = placeOf(ingress)
  const type = typeOf(ingress)
  if (type === 'LoadBalancer')
    return `the load balancer of Service ${name} is pending, and there is no node port to take instead: ${describe(ingress)}`
  if (type === 'ExternalName')
    return `Service ${name} is only a name for another host: name the Service of the proxy by --name`
  return `Service ${name} is of type ${type}, which is not reached from outside: make it a LoadBalancer or a NodePort, or run kubectl port-forward -n ${namespace} service/${name} 8080:${port}`
}
