import { field, fieldAt, isRecord, textAt } from './json.ts'
import { allObjects, type Snapshot } from './snapshot.ts'
import type { JsonObject } from './types.ts'

/** Whether a Service selects the pods of a workload. */
export const isBehind = (service: JsonObject, workload: JsonObject): boolean => {
  const selector = fieldAt(service, 'spec', 'selector')
  const wanted = Object.entries(isRecord(selector) ? selector : {})
  const labels = fieldAt(workload, 'spec', 'template', 'metadata', 'labels')
  return (
    textAt(service, 'metadata', 'namespace') === textAt(workload, 'metadata', 'namespace') &&
    wanted.length > 0 &&
    wanted.every(([key, value]) => field(labels, key) === value)
  )
}

/** The Deployments and DaemonSets whose pods a Service selects. */
export const workloadsBehind = (
  { deployments, daemonSets }: Snapshot,
  service: JsonObject,
): readonly JsonObject[] =>
  [deployments, daemonSets].flatMap(allObjects).filter(workload => isBehind(service, workload))
