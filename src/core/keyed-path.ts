import { field, isRecord, isSet, items, without, withValue } from './json.ts'
import type { JsonObject } from './types.ts'

/**
 * A place in a pod spec that stays right when lists grow: `containers[sds].env[POD_NAME]` is the
 * variable of that name in the container of that name, wherever either stands.
 */
export type KeyedPath = readonly Step[]

/** A field, or the item of a list that is named by its key. */
interface Step {
  readonly field: string
  readonly item?: string
}

/** The field that names an item, as Kubernetes merges lists (patchMergeKey). Default: `name`. */
const KEYS: Readonly<Record<string, string>> = { volumeMounts: 'mountPath' }

const keyOf = (list: string) => KEYS[list] ?? 'name'

/** Many more than one proxy has additions; marks that somebody made up are not to fill the memory. */
const READ_MAX = 1000
const READ = new Map<string, KeyedPath>()

export const parsePath = (text: string): KeyedPath => {
  const known = READ.get(text)
  if (known !== undefined) return known
  const path = readPath(text)
  if (READ.size < READ_MAX) READ.set(text, path)
  return path
}

const readPath = (text: string): KeyedPath =>
  [...text.matchAll(/([^.[]+)(?:\[([^\]]*)\])?(?:\.|$)/g)].map(([, name = '', item]) =>
    item === undefined ? { field: name } : { field: name, item },
  )

/** What stands at a path, or undefined. */
export const valueAt = (object: unknown, path: string): unknown =>
  parsePath(path).reduce<unknown>((at, step) => stepInto(at, step), object)

const stepInto = (object: unknown, { field: name, item }: Step): unknown => {
  const value = field(object, name)
  if (item === undefined) return value
  return items(value)[indexIn(value, name, item)]
}

/** Where the item of that key stands in a list; -1 when it is not there. */
const indexIn = (list: unknown, name: string, item: string): number =>
  items(list).findIndex(entry => field(entry, keyOf(name)) === item)

/** A copy with the value at `path` put in place, or appended; what is missing on the way is made. */
export const withValueAt = (object: unknown, path: string, value: unknown): JsonObject =>
  put(object, parsePath(path), value)

const put = (object: unknown, [step, ...rest]: KeyedPath, value: unknown): JsonObject => {
  if (step === undefined) return isRecord(object) ? object : {}
  const below = (at: unknown) => (rest.length === 0 ? value : put(at, rest, value))
  const { field: name, item } = step
  if (item === undefined) return withValue(object, [name], below(field(object, name)))
  const list = items(field(object, name))
  const at = indexIn(list, name, item)
  const made = below(list[at])
  return withValue(object, [name], at < 0 ? [...list, made] : list.with(at, made))
}

/** A copy without what stands at `path`. The list or object it stood in stays, even when empty. */
export const withoutValueAt = (object: unknown, path: string): JsonObject =>
  takeOut(object, parsePath(path))

const takeOut = (object: unknown, [step, ...rest]: KeyedPath): JsonObject => {
  const record = isRecord(object) ? object : {}
  if (step === undefined || stepInto(record, step) === undefined) return record
  const { field: name, item } = step
  if (item === undefined)
    return rest.length === 0 ? without(record, name) : deeper(record, name, rest)
  const list = items(field(record, name))
  const at = indexIn(list, name, item)
  const left = rest.length === 0 ? list.toSpliced(at, 1) : list.with(at, takeOut(list[at], rest))
  return withValue(record, [name], left)
}

const deeper = (record: JsonObject, name: string, rest: KeyedPath) =>
  withValue(record, [name], takeOut(record[name], rest))

/** The lists and objects on the way to `path` that are not there yet, outermost first. */
export const missingOnTheWay = (object: unknown, path: string): readonly string[] => {
  const steps = parsePath(path)
  return steps.flatMap((step, index) => {
    const before = steps.slice(0, index)
    const holder = before.reduce<unknown>(stepInto, object)
    const isLast = index === steps.length - 1
    if (isLast && step.item === undefined) return []
    return isSet(field(holder, step.field)) ? [] : [formatPath([...before, { field: step.field }])]
  })
}

const formatPath = (path: KeyedPath): string =>
  path.map(({ field: name, item }) => (item === undefined ? name : `${name}[${item}]`)).join('.')
