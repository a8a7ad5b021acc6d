import { annotationOf } from './annotations.ts'
import { type Finding, finding, quote } from './reasons.ts'
import type { JsonObject } from './types.ts'

/**
 * What an annotation that is `enabled` or `disabled` says against acting:
 * not set, "enabled" | undefined
 * "disabled"         | OptedOut
 * anything else      | InvalidAnnotation
 */
export const switchedOff = (object: JsonObject, annotation: string): Finding | undefined => {
  const value = annotationOf(object, annotation) ?? 'enabled'
  if (value === 'enabled') return undefined
  if (value === 'disabled') return finding('OptedOut', { annotation })
  const allowed = '"enabled" or "disabled"'
  return finding('InvalidAnnotation', { annotation, value: quote(value), allowed })
}
