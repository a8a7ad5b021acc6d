import { annotationOf } from './annotations.ts'
import { type Rule, skip } from './decision.ts'
import { finding, quote } from './reasons.ts'

/**
 * The rule of an annotation that is `enabled` or `disabled`:
 * not set, "enabled" | leaves it to the next rule
 * "disabled"         | OptedOut
 * anything else      | InvalidAnnotation
 */
export const switchedOn =
  (annotation: string): Rule =>
  ({ object }) => {
    const value = annotationOf(object, annotation) ?? 'enabled'
    if (value === 'enabled') return undefined
    if (value === 'disabled') return skip(finding('OptedOut', { annotation }))
    const allowed = '"enabled" or "disabled"'
    return skip(finding('InvalidAnnotation', { annotation, value: quote(value), allowed }))
  }
