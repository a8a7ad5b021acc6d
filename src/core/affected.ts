import { destinationsOf } from './destination-services.ts'
import { isGatewayProxy } from './gateway-proxy.ts'
import { fieldAt, textAt } from './json.ts'
import { isRolledOut, wantedPods } from './rollout.ts'
import { COLLECTION_NAMES, type Collection, type Snapshot } from './snapshot.ts'
import type { Facts, JsonObject } from './types.ts'

/** An object of a snapshot, by its place. */
export interface Place {
  readonly collection: Collection
  readonly namespace: string
  readonly name: string
}

/** What a reconciler writes, in the order in which it is best looked at: proxies before Upstreams. */
export const WRITTEN: readonly Collection[] = [
  'configMaps',
  'deployments',
  'daemonSets',
  'upstreams',
]

/** `upstreams gloo-system/default-details-9080` */
export const keyOfPlace = ({ collection, namespace, name }: Place): string =>
  `${collection} ${namespace}/${name}`

export const placeOfKey = (key: string): Place => {
  const [collection = '', path = ''] = key.split(' ')
  const [namespace = '', name = ''] = path.split('/')
  const known = COLLECTION_NAMES.find(found => found === collection)
  if (known === undefined) throw new TypeError(`no place: ${key}`)
  return { collection: known, namespace, name }
}

export const placesIn = (snapshot: Snapshot, collection: Collection): readonly Place[] =>
  [...snapshot[collection]].flatMap(([namespace, names]) =>
    [...names.keys()].map(name => ({ collection, namespace, name })),
  )

/** Everything that a reconciler may have to write. */
export const allPlaces = (snapshot: Snapshot): readonly Place[] =>
  WRITTEN.flatMap(collection => placesIn(snapshot, collection))

/** Collections of which an object says something about its own namespace alone. */
const LOCAL: readonly Collection[] = ['services', 'pods', 'peerAuthentications', 'policies']

const reach = new WeakMap<JsonObject, readonly string[]>()

/** The namespaces by which an Upstream may be selected: its own, and those that it leads to. */
const namespacesOf = (upstream: JsonObject, clusterDomain: string): readonly string[] => {
  const known = reach.get(upstream)
  if (known) return known
  const found = destinationsOf(upstream, clusterDomain).map(({ namespace }) => namespace)
  const answer = [textAt(upstream, 'metadata', 'namespace'), ...found]
  reach.set(upstream, answer)
  return answer
}

/** The Upstreams whose decision may hang on one of these objects. */
export const upstreamsAffected = (
  touched: readonly Place[],
  { clusterDomain, meshes }: Facts,
  snapshot: Snapshot,
): readonly Place[] => {
  const roots = meshes.map(mesh => mesh.rootNamespace ?? mesh.istioNamespace)
  const isMeshWide = ({ collection, namespace }: Place) =>
    collection === 'meshPolicies' ||
    (collection === 'peerAuthentications' && roots.includes(namespace))
  if (touched.some(isMeshWide)) return placesIn(snapshot, 'upstreams')
  const namespaces = new Set(
    touched.flatMap(({ collection, namespace, name }) => {
      if (collection === 'namespaces') return [name]
      return LOCAL.includes(collection) ? [namespace] : []
    }),
  )
  if (namespaces.size === 0) return []
  return placesIn(snapshot, 'upstreams').filter(({ namespace, name }) => {
    const upstream = snapshot.upstreams.get(namespace)?.get(name)
    return upstream && namespacesOf(upstream, clusterDomain).some(found => namespaces.has(found))
  })
}

/** All that Upstreams wait for in a proxy; undefined for any other workload. */
export const stateOfProxy = (workload: JsonObject): string | undefined =>
  isGatewayProxy(workload)
    ? JSON.stringify([
        fieldAt(workload, 'metadata', 'annotations'),
        fieldAt(workload, 'spec', 'template'),
        isRolledOut(workload),
        wantedPods(workload) > 0,
      ])
    : undefined
