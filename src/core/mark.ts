import { annotationOf, INJECTED_ANNOTATION } from './annotations.ts'
import { fieldAt, isRecord, isSet, without, withValue } from './json.ts'
import { withoutValueAt } from './keyed-path.ts'
import type { JsonObject } from './types.ts'

/** What we added to an object: the fingerprint of each addition by its path. */
export type Mark = Readonly<Record<string, string>>

/** Stands for a list or object that was made to hold an addition, and goes when it is empty. */
export const MADE = 'made'

/**
 * The mark of an object. Gloo's discovery writes Upstreams without the annotations of others, so an
 * update may have to be told by the object before it. A mark that cannot be read is none.
 */
export const markOf = (object: JsonObject, oldObject?: JsonObject): Mark =>
  [object, oldObject].map(readMark).find(mark => mark !== undefined) ?? {}

const readMark = (object: JsonObject | undefined): Mark | undefined => {
  const text = annotationOf(object, INJECTED_ANNOTATION)
  if (typeof text !== 'string') return undefined
  try {
    const mark: unknown = JSON.parse(text)
    if (!isRecord(mark)) return undefined
    const texts = Object.entries(mark).filter(([, value]) => typeof value === 'string')
    return Object.fromEntries(texts) as Mark
  } catch {
    return undefined
  }
}

const ANNOTATIONS = ['metadata', 'annotations'] as const
const ANNOTATIONS_MADE = 'metadata.annotations'

/** The object with its mark written; an empty one is taken away, and what was made to hold it. */
export const withMark = (object: JsonObject, mark: Mark): JsonObject => {
  const annotations = fieldAt(object, ...ANNOTATIONS)
  const isMade = !isSet(annotations) || readMark(object)?.[ANNOTATIONS_MADE] === MADE
  const isEmpty = Object.values(mark).every(value => value === MADE)
  if (isEmpty) return unmarked(object, annotations, isMade)
  const entries = Object.entries({ ...mark, ...(isMade && { [ANNOTATIONS_MADE]: MADE }) })
  // In one order, so that what is the same reads the same, whenever it was added.
  const text = JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))))
  return withValue(object, [...ANNOTATIONS, INJECTED_ANNOTATION], text)
}

const unmarked = (object: JsonObject, annotations: unknown, isMade: boolean): JsonObject => {
  if (!isRecord(annotations) || !Object.hasOwn(annotations, INJECTED_ANNOTATION)) return object
  const left = without(annotations, INJECTED_ANNOTATION)
  if (!isMade || Object.keys(left).length > 0) return withValue(object, ANNOTATIONS, left)
  return withoutValueAt(object, ANNOTATIONS_MADE)
}
