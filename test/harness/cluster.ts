import jsonpatch, { type Operation } from 'fast-json-patch'
import { fieldAt, textAt, withValue } from '../../src/core/json.ts'
import { planOf } from '../../src/core/plan.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { ENVOY, gatewayProxy, type Shape } from './workloads.ts'

interface Named {
  readonly name?: string
  readonly namespace?: string
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
}

const objectOf = (apiVersion: string, kind: string, named: Named, more: JsonObject): JsonObject => {
  const { name = 'details', namespace = 'default', labels, annotations } = named
  const metadata = {
    ...(namespace !== '' && { namespace }),
    name,
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  }
  return { apiVersion, kind, metadata, ...more }
}

export const namespace = (name: string, labels: JsonObject = {}, annotations?: JsonObject) =>
  objectOf(
    'v1',
    'Namespace',
    { name, namespace: '', labels, ...(annotations && { annotations }) },
    {},
  )

/** Service default/details, which serves port 9080 by the pods that are labelled `app: details`. */
export const service = (named: Named = {}, spec: JsonObject = {}) => {
  const ports = [{ port: 9080, targetPort: 9080 }]
  return objectOf('v1', 'Service', named, {
    spec: { selector: { app: named.name ?? 'details' }, ports, ...spec },
  })
}

/** A running pod of that Service, without a sidecar. */
export const pod = (named: Named = {}, spec: JsonObject = {}, phase = 'Running') => {
  const labels = { app: 'details', ...named.labels }
  const containers = [{ name: 'app' }]
  return objectOf(
    'v1',
    'Pod',
    { name: 'details-1', ...named, labels },
    {
      spec: { containers, ...spec },
      status: { phase },
    },
  )
}

export const SIDECAR = { 'security.istio.io/tlsMode': 'istio' }

/** The same with one. */
export const podInMesh = (named: Named = {}, spec: JsonObject = {}) =>
  pod({ ...named, labels: { ...named.labels, ...SIDECAR } }, spec)

export const peerAuthentication = (named: Named, spec: JsonObject, createdAt = '2026-01-01') =>
  withValue(
    objectOf('security.istio.io/v1beta1', 'PeerAuthentication', named, { spec }),
    ['metadata', 'creationTimestamp'],
    `${createdAt}T00:00:00Z`,
  )

export const modeForAll = (namespace: string, mode: string) =>
  peerAuthentication({ name: 'all', namespace }, { mtls: { mode } })

/** What is known of a cluster at rest. */
export const seen = (known: Facts, ...objects: readonly JsonObject[]): Facts => ({
  ...known,
  snapshot: snapshotOf(objects),
})

/** What is known of a running cluster. */
export const live = (known: Facts, ...objects: readonly JsonObject[]): Facts => ({
  ...seen(known, ...objects),
  isLive: true,
})

/** The object with a change of another made, as the API server makes it. */
export const applied = (object: JsonObject, patch: readonly Operation[]): JsonObject =>
  jsonpatch.applyPatch(structuredClone(object), structuredClone(patch)).newDocument

/** The object as it stands when nothing more is planned for it; fails when that never comes. */
export const settled = (object: JsonObject, known: Facts, rounds = 3): JsonObject => {
  const { patch } = planOf(object, known)
  if (patch.length === 0) return object
  if (rounds === 0) throw new Error(`no end of patches: ${JSON.stringify(patch)}`)
  return settled(applied(object, patch), known, rounds - 1)
}

const numbersOf = (kind: string, pods: number): JsonObject =>
  kind === 'DaemonSet'
    ? { desiredNumberScheduled: pods, updatedNumberScheduled: pods, numberAvailable: pods }
    : { replicas: pods, updatedReplicas: pods, availableReplicas: pods }

/** A workload of which every pod is of its template. */
export const rolledOut = (workload: JsonObject, pods = 1): JsonObject => {
  const observedGeneration = fieldAt(workload, 'metadata', 'generation')
  const numbers = numbersOf(textAt(workload, 'kind'), pods)
  return { ...workload, status: { observedGeneration, ...numbers } }
}

/** A gateway-proxy of Gloo's own image, in its first generation, whose pods are up. */
export const proxyOn = (gloo: string, shape: Shape = {}): JsonObject => {
  const envoy = {
    ...ENVOY,
    image: `quay.io/solo-io/gloo-envoy-wrapper:${gloo}`,
    securityContext: { runAsUser: 10_101 },
  }
  const workload = gatewayProxy({ containers: [envoy], ...shape })
  return rolledOut(withValue(workload, ['metadata', 'generation'], 1))
}

/** The same once it carries what these facts want, and its pods are up again. */
export const carrierOn = (gloo: string, known: Facts, shape: Shape = {}): JsonObject =>
  rolledOut(settled(proxyOn(gloo, shape), known))
