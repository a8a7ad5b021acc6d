import jsonpatch from 'fast-json-patch'
import type { Patch } from '../core/patch.ts'
import { ManifestError, type Manifests, placesIn } from './manifests.ts'

// In Node since 21, not yet in TypeScript's library.
interface SourceJson {
  parse: (
    text: string,
    reviver: (key: string, value: unknown, at: { source: string }) => unknown,
  ) => unknown
  rawJSON: (text: string) => unknown
}
const { parse, rawJSON } = JSON as unknown as SourceJson

/** Reads one JSON document. Throws ManifestError. */
export const readJson = (text: string): Manifests => {
  const exact = parseExactly(text)
  const objects = placesIn(JSON.parse(text)).map(({ object, path }) => ({
    object,
    apply: (patch: Patch) => {
      const target = path.reduce<unknown>((at, key) => Reflect.get(Object(at), key), exact)
      jsonpatch.applyPatch(target, patch)
    },
  }))
  const indent = /^\{\n([ \t]+)/.exec(text.trimStart())?.[1]
  const end = text.endsWith('\n') ? '\n' : ''
  return { objects, print: () => JSON.stringify(exact, null, indent) + end }
}

/** Numbers stay as they were written: a double would lose the digits beyond 2^53. */
const parseExactly = (text: string): unknown => {
  try {
    return parse(text, (_key, value, { source }) =>
      typeof value === 'number' ? rawJSON(source) : value,
    )
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new ManifestError(`not JSON: ${detail}`, { cause })
  }
}
