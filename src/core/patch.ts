import jsonpatch, { type Operation } from 'fast-json-patch'
import { field, isRecord } from './json.ts'
import type { JsonObject } from './types.ts'

export type Patch = readonly Operation[]

/**
 * The operations that turn `before` into `after`. What both share by reference is not even looked at,
 * so nothing that a decision left alone can be emitted again.
 */
export const diff = (before: JsonObject, after: JsonObject): Patch =>
  jsonpatch.compare(before, after)

/**
 * Whether a write leaves all that decisions look at as it was: only `status` or the
 * API server's bookkeeping differ. Gloo reports its status by such writes of the whole object.
 */
export const isStatusOnly = (before: JsonObject, after: JsonObject): boolean =>
  diff(decisive(before), decisive(after)).length === 0

const decisive = ({ status: _status, metadata, ...rest }: JsonObject): JsonObject => ({
  ...rest,
  labels: recordOf(field(metadata, 'labels')),
  annotations: recordOf(field(metadata, 'annotations')),
})

const recordOf = (value: unknown) => (isRecord(value) ? value : {})
