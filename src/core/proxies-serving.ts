import { INTERLOCK_ANNOTATION } from './annotations.ts'
import { isGatewayProxy } from './gateway-proxy.ts'
import { wantedPods } from './rollout.ts'
import { objectsIn, type Snapshot } from './snapshot.ts'
import { switchedOff } from './switch-rule.ts'
import type { JsonObject } from './types.ts'

/** Whether Upstreams depend on a workload: it is a proxy, it has pods, and nobody took it out. */
export const isWaitedFor = (workload: JsonObject): boolean =>
  isGatewayProxy(workload) &&
  wantedPods(workload) > 0 &&
  switchedOff(workload, INTERLOCK_ANNOTATION)?.reason !== 'OptedOut'

const proxiesIn = ({ deployments, daemonSets }: Snapshot, namespace: string) =>
  [...objectsIn(deployments, namespace), ...objectsIn(daemonSets, namespace)].filter(isWaitedFor)

/**
 * Where proxies are that serve Upstreams elsewhere: beside Gloo's own Settings, which few may write. A workload that
 * anybody labels as a proxy has a say in its own namespace alone, or it could hold up, or switch off, those of others.
 * Where no proxy stands beside Settings, it is wherever there is one.
 */
const servingElsewhere = (snapshot: Snapshot): readonly string[] => {
  const withProxies = (namespaces: Iterable<string>) =>
    [...namespaces].filter(namespace => proxiesIn(snapshot, namespace).length > 0)
  const besideSettings = withProxies(snapshot.settings.keys())
  if (besideSettings.length > 0) return besideSettings
  const { deployments, daemonSets } = snapshot
  return withProxies(new Set([...deployments.keys(), ...daemonSets.keys()]))
}

/**
 * The proxies that may send requests to the Upstreams of a namespace: those in it, where Gloo's discovery
 * writes; for a namespace that has none, those of Gloo. Which route leads where, only Gloo knows.
 */
export const proxiesServing = (snapshot: Snapshot, namespace: string): readonly JsonObject[] => {
  const beside = proxiesIn(snapshot, namespace)
  if (beside.length > 0) return beside
  return servingElsewhere(snapshot).flatMap(other => proxiesIn(snapshot, other))
}

/** The Upstreams to which the proxies of a namespace may send requests: the same, seen from their side. */
export const upstreamsServedFrom = (
  snapshot: Snapshot,
  namespace: string,
): readonly JsonObject[] => {
  const isElsewhere = servingElsewhere(snapshot).includes(namespace)
  return [...snapshot.upstreams.keys()]
    .filter(
      other => other === namespace || (isElsewhere && proxiesIn(snapshot, other).length === 0),
    )
    .flatMap(other => objectsIn(snapshot.upstreams, other))
}
