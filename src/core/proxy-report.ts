import { isGatewayProxy } from './gateway-proxy.ts'
import { field, fieldAt, textAt } from './json.ts'
import { type MeshCarried, meshesCarried } from './meshes-carried.ts'
import { proxyOf } from './proxy.ts'
import { isRolledOut, wantedPods } from './rollout.ts'
import { allObjects, type Snapshot } from './snapshot.ts'
import type { Facts, JsonObject } from './types.ts'
import { decideWorkload } from './workload-rules.ts'
import { writeOf } from './write-of.ts'

/** All there is to say of one proxy, as data. */
export interface ProxyReport {
  readonly namespace: string
  readonly name: string
  readonly kind: string
  /** Of its image, or told; empty where neither says. */
  readonly gloo: string
  readonly readyPods: number
  readonly wantedPods: number
  /** Whether every pod is of the template as it is now; false in manifests, which do not tell. */
  readonly isRolledOut: boolean
  readonly meshes: readonly MeshCarried[]
  /** What is decided about it as a whole. */
  readonly reason: string
  readonly message: string
}

/** Every proxy of Gloo that is known. */
export const proxiesIn = ({ deployments, daemonSets }: Snapshot): readonly JsonObject[] =>
  [deployments, daemonSets].flatMap(allObjects).filter(isGatewayProxy)

export const reportOnProxy = (proxy: JsonObject, facts: Facts): ProxyReport => {
  const { reason, message } = decideWorkload(writeOf(proxy), facts).finding
  return {
    namespace: textAt(proxy, 'metadata', 'namespace'),
    name: textAt(proxy, 'metadata', 'name'),
    kind: textAt(proxy, 'kind'),
    gloo: proxyOf(proxy, facts.gloo).gloo?.text ?? '',
    readyPods: readyPods(proxy),
    wantedPods: wantedPods(proxy),
    isRolledOut: isRolledOut(proxy),
    meshes: meshesCarried(proxy, facts),
    reason,
    message,
  }
}

const readyPods = (proxy: JsonObject): number => {
  const key = textAt(proxy, 'kind') === 'DaemonSet' ? 'numberReady' : 'readyReplicas'
  const ready = field(fieldAt(proxy, 'status'), key)
  return typeof ready === 'number' ? ready : 0
}
