import { annotationOf, SNI_ANNOTATION, SUBJECT_ALT_NAMES_ANNOTATION } from './annotations.ts'
import { NAME_PATTERN } from './mesh.ts'
import { type Finding, finding, isFinding, quote } from './reasons.ts'
import type { Asked } from './ssl-config.ts'
import type { JsonObject } from './types.ts'

/** What the annotations of an Upstream ask for beside certificates, or what is wrong with them. */
export const askedOf = (upstream: JsonObject): Asked | Finding => {
  const sni = sniOf(upstream)
  const subjectAltNames = subjectAltNamesOf(upstream)
  if (isFinding(sni)) return sni
  if (isFinding(subjectAltNames)) return subjectAltNames
  return { ...(sni && { sni }), ...(subjectAltNames && { subjectAltNames }) }
}

const sniOf = (upstream: JsonObject): string | Finding | undefined => {
  const value = annotationOf(upstream, SNI_ANNOTATION)
  if (value === undefined) return undefined
  return typeof value === 'string' && NAME_PATTERN.test(value)
    ? value
    : invalid(SNI_ANNOTATION, value, 'a DNS name, for instance details.default.svc')
}

const NAMES_MAX = 100
const NAME = /^[^\s,]{1,2048}$/

const subjectAltNamesOf = (upstream: JsonObject): readonly string[] | Finding | undefined => {
  const value = annotationOf(upstream, SUBJECT_ALT_NAMES_ANNOTATION)
  if (value === undefined) return undefined
  const names = typeof value === 'string' ? value.split(',').map(name => name.trim()) : []
  const isValid = names.length > 0 && names.length <= NAMES_MAX && names.every(n => NAME.test(n))
  return isValid
    ? names
    : invalid(SUBJECT_ALT_NAMES_ANNOTATION, value, 'SPIFFE names, separated by commas')
}

const invalid = (annotation: string, value: unknown, allowed: string): Finding =>
  finding('InvalidAnnotation', { annotation, value: quote(value), allowed })
