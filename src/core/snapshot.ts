import { isRecord, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** Objects of one kind by namespace and name; those without a namespace are under ''. */
export type Objects = ReadonlyMap<string, ReadonlyMap<string, JsonObject>>

/** What is known of a cluster at one moment. Nothing in it is ever changed: an event makes another. */
export type Snapshot = Readonly<Record<Collection, Objects>>

/** Group and kind of each collection. Knative has Services of its own, so a kind alone says too little. */
const COLLECTIONS = {
  namespaces: ['', 'Namespace'],
  services: ['', 'Service'],
  pods: ['', 'Pod'],
  configMaps: ['', 'ConfigMap'],
  deployments: ['apps', 'Deployment'],
  daemonSets: ['apps', 'DaemonSet'],
  settings: ['gloo.solo.io', 'Settings'],
  upstreams: ['gloo.solo.io', 'Upstream'],
  peerAuthentications: ['security.istio.io', 'PeerAuthentication'],
  policies: ['authentication.istio.io', 'Policy'],
  meshPolicies: ['authentication.istio.io', 'MeshPolicy'],
} as const

export type Collection = keyof typeof COLLECTIONS

export const COLLECTION_NAMES = Object.keys(COLLECTIONS) as readonly Collection[]

const NONE: Objects = new Map()

export const EMPTY_SNAPSHOT = Object.fromEntries(
  COLLECTION_NAMES.map(name => [name, NONE]),
) as unknown as Snapshot

/** The collection that an object belongs to; undefined for any other kind. */
export const collectionOf = (object: JsonObject): Collection | undefined => {
  const apiVersion = textAt(object, 'apiVersion')
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  const kind = textAt(object, 'kind')
  // extensions/v1beta1 is what Gloo 0.13 writes.
  const known = group === 'extensions' ? 'apps' : group
  return COLLECTION_NAMES.find(
    name => COLLECTIONS[name][0] === known && COLLECTIONS[name][1] === kind,
  )
}

/** The snapshot with these objects, and no others, in one collection. */
export const withCollection = (
  snapshot: Snapshot,
  collection: Collection,
  objects: readonly JsonObject[],
): Snapshot => {
  const all = new Map<string, Map<string, JsonObject>>()
  for (const object of objects) {
    const namespace = textAt(object, 'metadata', 'namespace')
    const name = textAt(object, 'metadata', 'name')
    const inside = all.get(namespace) ?? new Map<string, JsonObject>()
    all.set(namespace, inside.set(name, object))
  }
  return { ...snapshot, [collection]: all }
}

/** What a set of manifests tells of its cluster. */
export const snapshotOf = (objects: readonly unknown[]): Snapshot => {
  const groups = Map.groupBy(objects.filter(isRecord), collectionOf)
  return [...groups].reduce(
    (snapshot, [collection, found]) =>
      collection === undefined ? snapshot : withCollection(snapshot, collection, found),
    EMPTY_SNAPSHOT,
  )
}

/** The object of a name; undefined when there is none, or nothing is known of the cluster. */
export const objectIn = (
  objects: Objects | undefined,
  namespace: string,
  name: string,
): JsonObject | undefined => objects?.get(namespace)?.get(name)

export const objectsIn = (
  objects: Objects | undefined,
  namespace: string,
): readonly JsonObject[] => [...(objects?.get(namespace)?.values() ?? [])]

export const allObjects = (objects: Objects | undefined): readonly JsonObject[] =>
  [...(objects?.values() ?? [])].flatMap(inside => [...inside.values()])
