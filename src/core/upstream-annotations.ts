import { fieldAt, isRecord, isSet, without, withValue } from './json.ts'
import type { JsonObject } from './types.ts'

const ANNOTATIONS = ['metadata', 'annotations'] as const

/** An object with these annotations beside its others; undefined takes one away. */
export const annotated = (
  object: JsonObject,
  values: Readonly<Record<string, string | undefined>>,
): JsonObject => {
  const before = fieldAt(object, ...ANNOTATIONS)
  const all = { ...(isRecord(before) ? before : {}), ...values }
  const kept = Object.entries(all).filter(([, value]) => value !== undefined)
  return isSet(before) || kept.length > 0
    ? withValue(object, ANNOTATIONS, Object.fromEntries(kept))
    : object
}

/** An object without the annotations that it has none of: the API server keeps no empty ones either. */
export const withoutEmptyAnnotations = (object: JsonObject): JsonObject => {
  const annotations = fieldAt(object, ...ANNOTATIONS)
  const { metadata } = object
  if (!isRecord(metadata) || !isRecord(annotations) || Object.keys(annotations).length > 0)
    return object
  return { ...object, metadata: without(metadata, 'annotations') }
}
