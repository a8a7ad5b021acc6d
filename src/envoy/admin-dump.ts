import { field, isRecord, items, textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'

/**
 * The entries of one list of a config dump: `dynamic_active_clusters`, for instance. An Envoy before 1.15 knows no
 * `resource=`, and answers with everything.
 */
export const entriesOf = (dump: unknown, list: string): readonly JsonObject[] =>
  items(field(dump, 'configs'))
    .flatMap(config => {
      if (!isRecord(config)) return []
      const isWhole = textAt(config, '@type').endsWith('ConfigDump')
      return isWhole ? items(config[list]) : [config]
    })
    .filter(isRecord)

/** The clusters of a list whose whole name fits. */
export const clustersNamed = (
  dump: unknown,
  list: string,
  pattern: string,
): readonly JsonObject[] => {
  const isNamed = new RegExp(pattern)
  return entriesOf(dump, list)
    .map(entry => entry['cluster'])
    .filter(isRecord)
    .filter(cluster => isNamed.test(textAt(cluster, 'name')))
}

/** The secrets of a name. */
export const secretsNamed = (dump: unknown, list: string, name: string): readonly unknown[] =>
  entriesOf(dump, list)
    .filter(entry => textAt(entry, 'name') === name)
    .map(entry => entry['secret'])
