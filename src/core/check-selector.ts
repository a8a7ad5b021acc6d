import { field, fieldAt, isRecord, items, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** Whether a LabelSelector of the API takes these labels; one that is empty takes any. */
export const matchesSelector = (selector: unknown, labels: unknown): boolean => {
  const wanted = field(selector, 'matchLabels')
  return (
    Object.entries(isRecord(wanted) ? wanted : {}).every(
      ([key, value]) => field(labels, key) === value,
    ) && items(field(selector, 'matchExpressions')).every(demand => meets(demand, labels))
  )
}

const meets = (demand: unknown, labels: unknown): boolean => {
  const value = field(labels, textAt(demand, 'key'))
  const isNamed = items(field(demand, 'values')).includes(value)
  switch (field(demand, 'operator')) {
    case 'In':
      return isNamed
    case 'NotIn':
      return !isNamed
    case 'Exists':
      return value !== undefined
    default:
      return value === undefined
  }
}

const covers = (list: unknown, name: string): boolean =>
  items(list).some(entry => entry === '*' || entry === name)

const coversResource = (list: unknown, name: string): boolean =>
  items(list).some(entry => entry === '*' || entry === '*/*' || entry === name)

/** Whether a webhook of some configuration is asked about writes of a resource. */
export const isAskedAbout = (webhook: unknown, group: string, resource: string): boolean =>
  items(field(webhook, 'rules')).some(
    rule =>
      covers(field(rule, 'apiGroups'), group) &&
      coversResource(field(rule, 'resources'), resource) &&
      ['CREATE', 'UPDATE'].some(operation => covers(field(rule, 'operations'), operation)),
  )

/** Whether a webhook is asked about an object, by its labels and those of its namespace. */
export const isAskedIn = (webhook: unknown, namespace: unknown, object: JsonObject): boolean =>
  matchesSelector(field(webhook, 'namespaceSelector'), fieldAt(namespace, 'metadata', 'labels')) &&
  matchesSelector(field(webhook, 'objectSelector'), fieldAt(object, 'metadata', 'labels'))
