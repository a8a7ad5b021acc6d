import { podSpecOf } from './additions.ts'
import { bootstrapText } from './bootstrap.ts'
import { type ChangeByName, injectByName, uninjectByName } from './change-by-name.ts'
import { isGatewayProxy } from './gateway-proxy.ts'
import { field, isRecord, items, textAt } from './json.ts'
import { markOf } from './mark.ts'
import { placeOf } from './named-upstream.ts'
import { versionOfProxy } from './observe.ts'
import { allObjects, EMPTY_SNAPSHOT, objectIn, type Snapshot } from './snapshot.ts'
import type { Facts, JsonObject } from './types.ts'

/** The name of a Deployment or DaemonSet. */
export interface ProxyName {
  readonly namespace: string
  readonly name: string
}

const snapshotIn = ({ snapshot }: Facts): Snapshot => snapshot ?? EMPTY_SNAPSHOT

const workloadsIn = ({ deployments, daemonSets }: Snapshot): readonly JsonObject[] =>
  [deployments, daemonSets].flatMap(allObjects)

/** The workloads of a name: none, or one; two where a Deployment and a DaemonSet share it. */
export const proxiesNamed = (facts: Facts, { namespace, name }: ProxyName): readonly JsonObject[] =>
  workloadsIn(snapshotIn(facts)).filter(workload => placeOf(workload) === `${namespace}/${name}`)

/** `gloo-system/gateway-proxy`, of each proxy that there is. */
export const namesOfProxies = (facts: Facts): readonly string[] => [
  ...new Set(workloadsIn(snapshotIn(facts)).filter(isGatewayProxy).map(placeOf)),
]

/** Bootstraps come first: the pods that the change of a proxy makes read them. */
export const injectProxies = (
  proxies: readonly JsonObject[],
  facts: Facts,
  time: string,
): readonly ChangeByName[] => [
  ...readBy(proxies, facts).map(({ object, known }) => injectByName(object, known, time)),
  ...proxies.map(proxy => injectByName(proxy, facts, time)),
]

/** Proxies come first, and of bootstraps only what no other proxy of ours reads. */
export const uninjectProxies = (
  proxies: readonly JsonObject[],
  facts: Facts,
  forced: { readonly isForced: boolean },
): readonly ChangeByName[] => {
  const others = workloadsIn(snapshotIn(facts)).filter(
    other => !proxies.includes(other) && isMarked(other),
  )
  const needed = readBy(others, facts).map(({ object }) => object)
  const free = readBy(proxies, facts).filter(found => !needed.includes(found.object))
  return [
    ...proxies.map(proxy => uninjectByName(proxy, facts, forced)),
    ...free.filter(isConcerned).map(({ object, known }) => uninjectByName(object, known, forced)),
  ]
}

const isMarked = (object: JsonObject): boolean => Object.keys(markOf(object)).length > 0

/** A bootstrap, and what is known of the Gloo that reads it. */
interface Bootstrap {
  readonly object: JsonObject
  readonly known: Facts
}

/** Whether there is something of ours in a bootstrap, or would be at its next write. */
const isConcerned = ({ object, known }: Bootstrap): boolean =>
  isMarked(object) || injectByName(object, known).patch.length > 0

/** The ConfigMaps that the pods of these workloads mount, as far as they hold a bootstrap; each once. */
const readBy = (workloads: readonly JsonObject[], facts: Facts): readonly Bootstrap[] => {
  const found = new Map<JsonObject, Bootstrap>()
  for (const workload of workloads)
    for (const object of mountedBy(workload, facts))
      if (bootstrapText(object) !== undefined && !found.has(object))
        found.set(object, { object, known: asSeenFrom(workload, facts) })
  return [...found.values()]
}

const mountedBy = (workload: JsonObject, facts: Facts): readonly JsonObject[] =>
  items(field(podSpecOf(workload), 'volumes'))
    .map(volume =>
      objectIn(
        snapshotIn(facts).configMaps,
        textAt(workload, 'metadata', 'namespace'),
        textAt(volume, 'configMap', 'name'),
      ),
    )
    .filter(isRecord)

/** While Gloo is upgraded, its proxies do not agree on a version, but each knows its own. */
const asSeenFrom = (workload: JsonObject, facts: Facts): Facts => {
  const version = versionOfProxy(workload)
  if (version === undefined) return facts
  const namespace = textAt(workload, 'metadata', 'namespace')
  return { ...facts, glooSeen: { ...facts.glooSeen, [namespace]: version } }
}
