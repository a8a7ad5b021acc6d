import { fingerprint, isSame } from './fingerprint.ts'
import { fieldAt, isRecord, isSet, withValue } from './json.ts'
import { missingOnTheWay, valueAt, withoutValueAt, withValueAt } from './keyed-path.ts'
import { MADE, type Mark, withMark } from './mark.ts'
import { rememberedOfEach } from './remembered.ts'
import type { JsonObject } from './types.ts'

/** One thing that a pod template gets: a volume, a mount, a container, a variable. */
export interface Addition {
  /** Where in the pod spec, as `KeyedPath` reads it. */
  readonly path: string
  readonly value: unknown
}

export const POD_SPEC = ['spec', 'template', 'spec'] as const

export const podSpecOf = (workload: JsonObject): unknown => fieldAt(workload, ...POD_SPEC)

/** What stands where an addition belongs. */
export const stateOf = (workload: JsonObject, { path, value }: Addition) => {
  const found = valueAt(podSpecOf(workload), path)
  if (!isSet(found)) return 'absent'
  return isSame(found, value) ? 'present' : 'other'
}

export type State = ReturnType<typeof stateOf>

/** `stateOf` for additions that are asked about again and again: each is compared once. */
export const statesIn = (workload: JsonObject): ((addition: Addition) => State) => {
  const known = new Map<string, State>()
  return addition => {
    const state = known.get(addition.path) ?? stateOf(workload, addition)
    known.set(addition.path, state)
    return state
  }
}

export interface Change {
  /** Paths whose additions go. */
  readonly remove: readonly string[]
  readonly add: readonly Addition[]
}

/** The workload with a change made and its mark brought up to date; with nothing to change, the workload itself. */
export const withChange = (workload: JsonObject, mark: Mark, change: Change): JsonObject => {
  if (change.remove.length + change.add.length === 0) return workload
  const marks: Marks = new Map(Object.entries(mark))
  const removed = change.remove.reduce(removeFrom(marks), podSpecOf(workload))
  const added = change.add.reduce(addTo(marks), removed)
  const pod = tidy(marks, added)
  return withMark(withValue(workload, POD_SPEC, pod), Object.fromEntries(marks))
}

/** A mark in the making: each change of the pod spec is written into it. */
type Marks = Map<string, string>

const removeFrom =
  (marks: Marks) =>
  (pod: unknown, path: string): unknown => {
    marks.delete(path)
    return withoutValueAt(pod, path)
  }

const addTo =
  (marks: Marks) =>
  (pod: unknown, addition: Addition): unknown => {
    const { path, value } = addition
    for (const holder of missingOnTheWay(pod, path)) marks.set(holder, MADE)
    marks.set(path, printOf(addition))
    return isSet(valueAt(pod, path)) ? pod : withValueAt(pod, path, value)
  }

/** Stands for an addition in a mark. Who makes additions makes them once, and adds them again and again. */
export const printOf = rememberedOfEach(({ value }: Addition) => fingerprint(value))

/** Takes away what was made to hold additions and holds nothing any more, innermost first. */
const tidy = (marks: Marks, pod: unknown): unknown => {
  const made = [...marks.keys()].filter(
    path => marks.get(path) === MADE && !path.startsWith('metadata'),
  )
  const remove = removeFrom(marks)
  return made
    .toSorted((a, b) => b.length - a.length)
    .reduce((at, path) => (isEmpty(valueAt(at, path)) ? remove(at, path) : at), pod)
}

const isEmpty = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length === 0
  return isRecord(value) ? Object.keys(value).length === 0 : !isSet(value)
}

/** What a mark says of an addition: ours as we left it, changed since, or gone. */
export const markedState = (workload: JsonObject, path: string, print: string) => {
  const found = valueAt(podSpecOf(workload), path)
  if (!isSet(found)) return 'gone'
  return fingerprint(found) === print ? 'intact' : 'changed'
}
