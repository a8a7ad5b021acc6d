import { field, fieldAt, items, textAt, withValue } from './json.ts'
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

/**
 * Whether all pods of today's template were available at one time. The condition stays when pods are added, or
 * fail, later on (kubernetes@v1.37.2:pkg/controller/deployment/progress.go).
 */
const wasComplete = (deployment: JsonObject): boolean =>
  items(fieldAt(deployment, 'status', 'conditions')).some(
    condition =>
      field(condition, 'type') === 'Progressing' &&
      field(condition, 'reason') === 'NewReplicaSetAvailable',
  )

const GENERATION = ['metadata', 'generation'] as const

const templateOf = (workload: JsonObject): string =>
  JSON.stringify(fieldAt(workload, 'spec', 'template'))

/**
 * A workload in the generation that brought its template; `before` is how it was kept at the change before this one.
 * What its status says of that template holds before its controller has seen, say, a change of scale.
 */
export const sinceTemplateOf = (
  before: JsonObject | undefined,
  workload: JsonObject,
): JsonObject =>
  before !== undefined && templateOf(before) === templateOf(workload)
    ? withValue(workload, GENERATION, fieldAt(before, ...GENERATION))
    : workload

/**
 * Whether no pod is made from an older template, and all were available at one time (as `kubectl rollout
 * status`). A pod that is added or fails later on gets no requests, and is none that lacks anything.
 */
export const isRolledOut = (workload: JsonObject): boolean => {
  const { status } = workload
  if (numberAt(status, 'observedGeneration') < numberAt(workload, ...GENERATION)) return false
  const wanted = wantedPods(workload)
  if (textAt(workload, 'kind') === 'DaemonSet')
    return (
      numberAt(status, 'updatedNumberScheduled') >= wanted &&
      numberAt(status, 'numberAvailable') >= wanted
    )
  const updated = numberAt(status, 'updatedReplicas')
  if (numberAt(status, 'replicas') > updated) return false
  return (
    wasComplete(workload) || (updated >= wanted && numberAt(status, 'availableReplicas') >= updated)
  )
}
