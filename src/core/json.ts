import type { JsonObject } from './types.ts'

/** Reading of untrusted JSON: each function answers something usable for whatever it is given. */

export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value under `key`; inherited names such as `constructor` are not keys of the JSON. */
export const field = (value: unknown, key: string): unknown => {
  if (!isRecord(value)) return undefined
  const found = value[key]
  // Most of what is asked for is not there, and so needs no second look.
  return found !== undefined && Object.hasOwn(value, key) ? found : undefined
}

/** The value at the end of `keys`, or undefined as soon as one of them is missing. */
export const fieldAt = (value: unknown, ...keys: readonly string[]): unknown => {
  let found = value
  for (const key of keys) found = field(found, key)
  return found
}

export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** The text at the end of `keys`; empty when it is missing or no text. */
export const textAt = (value: unknown, ...keys: readonly string[]): string =>
  textOf(fieldAt(value, ...keys)) ?? ''

/** Null counts as unset: the API server drops it. */
export const isSet = (value: unknown): boolean => value !== undefined && value !== null

/** A copy of `object` with the value at `keys` replaced; all that is not on the way is shared. */
export const withValue = (object: unknown, keys: readonly string[], value: unknown): JsonObject => {
  const [key, ...rest] = keys
  const record = isRecord(object) ? object : {}
  if (key === undefined) return record
  return { ...record, [key]: rest.length === 0 ? value : withValue(record[key], rest, value) }
}

/** A copy of a record without one of its keys. */
export const without = (record: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name))
