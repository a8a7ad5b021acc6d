import { backingLabels } from './backing-pods.ts'
import type { Destination } from './destination-services.ts'
import { field, fieldAt, isRecord, items, textAt } from './json.ts'
import { allObjects, objectIn, objectsIn, type Snapshot } from './snapshot.ts'
import type { JsonObject } from './types.ts'
import { nameOfObject } from './write-of.ts'

export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE'

/** A mode, and the object that says so. */
export interface ModeSaid {
  readonly mode: MtlsMode
  readonly by: string
}

/**
 * What the workloads behind a destination take, by Istio's policies; undefined when none of them says.
 * First that speaks wins, as in Istio (istio@1.22.3:pilot/pkg/security/authn/policy_applier.go):
 * PeerAuthentication with a selector, for the port | the same, for the workload
 * PeerAuthentication of the namespace              | of the root namespace
 * Policy of Istio 1.0 to 1.4 for the Service       | of the namespace | MeshPolicy
 */
export const mtlsModeOf = (
  snapshot: Snapshot | undefined,
  rootNamespaces: readonly string[],
  destination: Destination,
): ModeSaid | undefined =>
  snapshot &&
  (byPeerAuthentication(snapshot, rootNamespaces, destination) ?? byPolicy(snapshot, destination))

const isMode = (mode: unknown): mode is MtlsMode =>
  mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE'

const said = (object: JsonObject, mode: unknown): ModeSaid | undefined =>
  isMode(mode) ? { mode, by: nameOfObject(object) } : undefined

const firstSaid = (answers: readonly (ModeSaid | undefined)[]): ModeSaid | undefined =>
  answers.find(answer => answer !== undefined)

const byPeerAuthentication = (
  snapshot: Snapshot,
  rootNamespaces: readonly string[],
  destination: Destination,
): ModeSaid | undefined => {
  const ofNamespace = oldestFirst(objectsIn(snapshot.peerAuthentications, destination.namespace))
  const isRoot = rootNamespaces.includes(destination.namespace)
  const labels = backingLabels(snapshot, destination)
  // A selector counts outside of the root namespace only, and the oldest alone.
  const own = isRoot ? undefined : ofNamespace.find(policy => selects(policy, labels))
  const ofMesh = rootNamespaces.map(namespace =>
    oldestFirst(objectsIn(snapshot.peerAuthentications, namespace)).find(isWide),
  )
  const port = targetPortOf(snapshot, destination)
  return firstSaid([
    own && said(own, fieldAt(own, 'spec', 'portLevelMtls', port, 'mode')),
    ...[own, ofNamespace.find(isWide), ...ofMesh].map(
      policy => policy && said(policy, fieldAt(policy, 'spec', 'mtls', 'mode')),
    ),
  ])
}

const oldestFirst = (policies: readonly JsonObject[]) =>
  policies.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1))

const createdAt = (object: JsonObject) => textAt(object, 'metadata', 'creationTimestamp')

const selectorOf = (policy: JsonObject): readonly (readonly [string, unknown])[] => {
  const labels = fieldAt(policy, 'spec', 'selector', 'matchLabels')
  return isRecord(labels) ? Object.entries(labels) : []
}

const isWide = (policy: JsonObject): boolean => selectorOf(policy).length === 0

const selects = (policy: JsonObject, labels: unknown): boolean =>
  !isWide(policy) && selectorOf(policy).every(([key, value]) => field(labels, key) === value)

/** The port of the workload: portLevelMtls goes by it, not by the Service's. */
const targetPortOf = (snapshot: Snapshot, { namespace, service, port }: Destination): string => {
  const ports = items(fieldAt(objectIn(snapshot.services, namespace, service), 'spec', 'ports'))
  const found = ports.find(entry => field(entry, 'port') === port)
  const target = field(found, 'targetPort') ?? port
  return typeof target === 'number' ? String(target) : ''
}

const byPolicy = (
  snapshot: Snapshot,
  { namespace, service }: Destination,
): ModeSaid | undefined => {
  const policies = objectsIn(snapshot.policies, namespace)
  const targets = (policy: JsonObject) => items(fieldAt(policy, 'spec', 'targets'))
  const forService = policies.find(policy =>
    targets(policy).some(target => field(target, 'name') === service),
  )
  const wide = policies.find(policy => targets(policy).length === 0)
  const [mesh] = allObjects(snapshot.meshPolicies)
  const policy = forService ?? wide ?? mesh
  return policy && said(policy, peerMode(policy))
}

/** A Policy without an entry for mTLS takes none; an entry that names no mode means STRICT. */
const peerMode = (policy: JsonObject): unknown => {
  const peer = items(fieldAt(policy, 'spec', 'peers')).find(
    entry => isRecord(entry) && 'mtls' in entry,
  )
  return peer === undefined ? 'DISABLE' : (fieldAt(peer, 'mtls', 'mode') ?? 'STRICT')
}
