import type { Told } from '../core/live.ts'
import { detectedIn, liveFacts } from '../core/live.ts'
import { withSeen } from '../core/observe.ts'
import { snapshotOf } from '../core/snapshot.ts'
import type { Facts, JsonObject } from '../core/types.ts'

/**
 * The facts that a set of manifests tells. They are no running cluster: nothing waits for the rollout of a
 * proxy, and bootstraps among them count as extended along with the rest.
 */
export const manifestFacts = (told: Told, objects: readonly JsonObject[]): Facts => {
  const snapshot = snapshotOf(objects)
  return {
    ...withSeen(liveFacts(told, snapshot, detectedIn(told, snapshot)), objects),
    meshesAreTold: true,
    isLive: false,
  }
}
