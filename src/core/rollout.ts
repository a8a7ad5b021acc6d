import { field, fieldAt, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

const numberAt = (value: unknown, ...keys: readonly string[]): number => {
  const found = fieldAt(value, ...keys)
  return typeof found === 'number' ? found : 0
}

/** How many pods a workload is to have; a Deployment that does not say has one. */
export const wantedPods = (workload: JsonObject): number => {
  if (textAt(workload, 'kind') === 'DaemonSet')
    return numberAt(workload, 'status', 'desiredNumberScheduled')
  return field(fieldAt(workload, 'spec'), 'replicas') === undefined
    ? 1
    : numberAt(workload, 'spec', 'replicas')
}

/** Whether every pod is made from the template as it is now, and available (as `kubectl rollout status`). */
export const isRolledOut = (workload: JsonObject): boolean => {
  const { status } = workload
  if (numberAt(status, 'observedGeneration') < numberAt(workload, 'metadata', 'generation'))
    return false
  const wanted = wantedPods(workload)
  if (textAt(workload, 'kind') === 'DaemonSet')
    return (
      numberAt(status, 'updatedNumberScheduled') >= wanted &&
      numberAt(status, 'numberAvailable') >= wanted
    )
  const updated = numberAt(status, 'updatedReplicas')
  return (
    updated >= wanted &&
    numberAt(status, 'replicas') <= updated &&
    numberAt(status, 'availableReplicas') >= updated
  )
}
