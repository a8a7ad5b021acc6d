import { INTERLOCK_ANNOTATION } from './annotations.ts'
import { isGatewayProxy } from './gateway-proxy.ts'
import { wantedPods } from './rollout.ts'
import { allObjects, objectsIn, type Snapshot } from './snapshot.ts'
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
 * The proxies that may send requests to the Upstreams of a namespace: those in it, where Gloo's discovery
 * writes; for a namespace that has none, all there are. Which route leads where, only Gloo knows.
 */
export const proxiesServing = (snapshot: Snapshot, namespace: string): readonly JsonObject[] => {
  const beside = proxiesIn(snapshot, namespace)
  if (beside.length > 0) return beside
  return [...allObjects(snapshot.deployments), ...allObjects(snapshot.daemonSets)].filter(
    isWaitedFor,
  )
}

/** The Upstreams to which the proxies of a namespace may send requests: the same, seen from their side. */
export const upstreamsServedFrom = (
  snapshot: Snapshot,
  namespace: string,
): readonly JsonObject[] => {
  const namespaces = [...snapshot.upstreams.keys()]
  return namespaces
    .filter(other => other === namespace || proxiesIn(snapshot, other).length === 0)
    .flatMap(other => objectsIn(snapshot.upstreams, other))
}
