import { fieldAt, isRecord } from './json.ts'
import type { Patch } from './patch.ts'
import type { JsonObject } from './types.ts'

const ANNOTATIONS = '/metadata/annotations'

/** What a patch of an object changes, as people name it: `annotation gloo-istio.io/mtls`, `spec.sslConfig`. */
export const patchedFields = (object: JsonObject, patch: Patch): readonly string[] => [
  ...new Set(patch.flatMap(operation => fieldsOf(object, operation))),
]

const fieldsOf = (object: JsonObject, operation: Patch[number]): readonly string[] => {
  const { path } = operation
  // All of them at once: the first ones that there are, or the last.
  if (path === ANNOTATIONS)
    return keysOf(
      'value' in operation ? operation.value : fieldAt(object, 'metadata', 'annotations'),
    )
  if (path.startsWith(`${ANNOTATIONS}/`))
    return [asAnnotation(unescaped(path.slice(ANNOTATIONS.length + 1)))]
  return [path.slice(1).split('/').map(unescaped).join('.')]
}

const keysOf = (annotations: unknown): readonly string[] =>
  Object.keys(isRecord(annotations) ? annotations : {}).map(asAnnotation)

const asAnnotation = (key: string) => `annotation ${key}`

/** RFC 6901 */
const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')
