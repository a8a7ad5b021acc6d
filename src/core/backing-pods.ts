import { type Destination, nameOfService } from './destination-services.ts'
import { field, fieldAt, isRecord, isSet, items, textAt } from './json.ts'
import { objectIn, type Snapshot } from './snapshot.ts'
import type { JsonObject } from './types.ts'

/** The pods that a Service sends requests to, as far as they are known. */
export interface Backing {
  readonly pods: readonly JsonObject[]
  readonly withSidecar: number
}

const NOBODY: Backing = { pods: [], withSidecar: 0 }

// A namespace's pods and a Service stay the same objects until one of them changes.
const answers = new WeakMap<ReadonlyMap<string, JsonObject>, WeakMap<JsonObject, Backing>>()

/** The pods behind a destination; none as long as neither Service nor pods are known. */
export const backingOf = (snapshot: Snapshot | undefined, destination: Destination): Backing => {
  const { namespace, service: name } = destination
  const service = objectIn(snapshot?.services, namespace, name)
  const pods = snapshot?.pods.get(namespace)
  if (service === undefined || pods === undefined) return NOBODY
  const known = answers.get(pods) ?? new WeakMap<JsonObject, Backing>()
  const answer = known.get(service) ?? select(service, [...pods.values()])
  answers.set(pods, known.set(service, answer))
  return answer
}

const select = (service: JsonObject, all: readonly JsonObject[]): Backing => {
  const selector = fieldAt(service, 'spec', 'selector')
  const wanted = isRecord(selector) ? Object.entries(selector) : []
  // A Service without a selector has its endpoints from somebody else.
  if (wanted.length === 0) return NOBODY
  const pods = all.filter(pod => {
    const labels = fieldAt(pod, 'metadata', 'labels')
    return !isOver(pod) && wanted.every(([key, value]) => field(labels, key) === value)
  })
  return { pods, withSidecar: pods.filter(hasSidecar).length }
}

const isOver = (pod: JsonObject): boolean =>
  ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'))

/** Since Istio 1.4 by its label; before, the injector leaves its status and its container behind. */
export const hasSidecar = (pod: JsonObject): boolean => {
  const mode = fieldAt(pod, 'metadata', 'labels', 'security.istio.io/tlsMode')
  if (isSet(mode)) return mode === 'istio'
  if (isSet(fieldAt(pod, 'metadata', 'annotations', 'sidecar.istio.io/status'))) return true
  return ['containers', 'initContainers'].some(list =>
    items(fieldAt(pod, 'spec', list)).some(container => field(container, 'name') === 'istio-proxy'),
  )
}

/** `5 of 8 pods of default/details` */
export const describeBacking = (
  count: number,
  backing: Backing,
  destination: Destination,
): string => `${count} of ${backing.pods.length} pods of ${nameOfService(destination)}`

/** Where both labels are, Istio goes by `istio-injection` alone. */
const isInjectedNamespace = (labels: unknown): boolean => {
  const injection = field(labels, 'istio-injection')
  return isSet(injection) ? injection === 'enabled' : isSet(field(labels, 'istio.io/rev'))
}

/**
 * Whether a destination is a member of the mesh in Istio's own sense. Truth table:
 * pods with sidecar | namespace is injected | member
 * some              | any                   | yes
 * none of several   | any                   | no
 * no pods known     | yes                   | yes
 * no pods known     | no                    | no
 */
export const isMeshMember = (snapshot: Snapshot | undefined, destination: Destination): boolean => {
  const { pods, withSidecar } = backingOf(snapshot, destination)
  if (pods.length > 0) return withSidecar > 0
  return isInjectedNamespace(namespaceLabels(snapshot, destination.namespace))
}

export const namespaceLabels = (snapshot: Snapshot | undefined, namespace: string): unknown =>
  fieldAt(objectIn(snapshot?.namespaces, '', namespace), 'metadata', 'labels')

/** Whether ztunnel, not a sidecar, ends the mesh's TLS there: it takes no TLS of anybody else. */
export const isAmbient = (snapshot: Snapshot | undefined, destination: Destination): boolean =>
  field(namespaceLabels(snapshot, destination.namespace), 'istio.io/dataplane-mode') ===
    'ambient' && backingOf(snapshot, destination).withSidecar === 0

/** The labels of the pods behind a Service: those of one of them, else what its selector asks for. */
export const backingLabels = (
  snapshot: Snapshot | undefined,
  destination: Destination,
): unknown => {
  const [pod] = backingOf(snapshot, destination).pods
  if (pod) return fieldAt(pod, 'metadata', 'labels')
  const { namespace, service } = destination
  return fieldAt(objectIn(snapshot?.services, namespace, service), 'spec', 'selector')
}

/** The ServiceAccounts that pods run as; a pod that names none runs as `default`. */
export const serviceAccountsOf = ({ pods }: Backing): readonly string[] =>
  [...new Set(pods.map(pod => textAt(pod, 'spec', 'serviceAccountName') || 'default'))].toSorted()
