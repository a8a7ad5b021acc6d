import { field, isRecord, items } from '../core/json.ts'
import type { Patch } from '../core/patch.ts'
import type { JsonObject } from '../core/types.ts'

/** A file of manifests that can be changed and printed again. */
export interface Manifests {
  /** Every object in the file, those inside a List too. */
  readonly objects: readonly Manifest[]
  /** The file as text; documents that were not patched stand as they were written. */
  readonly print: () => string
}

export interface Manifest {
  readonly object: JsonObject
  /** Applies `patch`, which makes `after` of the object, in the layout of the file. */
  readonly apply: (patch: Patch, after: JsonObject) => void
}

/** A file that cannot be read as manifests; the message names the line. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

/** Where an object sits in its document. */
export interface Place {
  readonly object: JsonObject
  /** Empty, or `items` and an index. */
  readonly path: readonly (string | number)[]
}

/** The objects of one document: itself, or the items of a List. */
export const placesIn = (document: unknown): readonly Place[] => {
  if (!isRecord(document)) return []
  const list = field(document, 'items')
  if (!Array.isArray(list)) return [{ object: document, path: [] }]
  return items(list).flatMap((item, index) =>
    isRecord(item) ? [{ object: item, path: ['items', index] }] : [],
  )
}

/** The keys of a JSON pointer (RFC 6901). */
export const keysOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
