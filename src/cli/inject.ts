import { isKnownKind } from '../core/decide.ts'
import { findingsOf, lineOf } from '../core/explain.ts'
import { textAt } from '../core/json.ts'
import type { Level } from '../core/reasons.ts'
import { inject } from '../core/review.ts'
import type { AdmissionRequest, Facts, JsonObject } from '../core/types.ts'
import { readJson } from './json-manifests.ts'
import { nameObject } from './manifests.ts'
import { readYaml } from './yaml-manifests.ts'

export interface Injected {
  /** The manifests as the webhook would have them stored. */
  readonly manifests: string
  /** Every finding on the objects that the webhook would see, in their order. */
  readonly reasons: readonly { readonly level: Level; readonly text: string }[]
}

/**
 * What the webhook would do if these manifests, YAML or JSON, were created now.
 * Throws ManifestError when the text is neither.
 */
export const injectManifests = (text: string, facts: Facts): Injected => {
  const file = text.trimStart().startsWith('{') ? readJson(text) : readYaml(text)
  const reasons = file.objects.flatMap(({ object, apply }) => {
    const request = creationOf(object)
    if (!isKnownKind(request.kind)) return []
    const { decision, object: after, patch } = inject(request, facts)
    if (patch.length > 0) apply(patch, after)
    return findingsOf(decision).map(finding => ({
      level: finding.level,
      text: `${nameObject(object)}: ${lineOf(finding)}`,
    }))
  })
  return { manifests: file.print(), reasons }
}

const creationOf = (object: JsonObject): AdmissionRequest => {
  const [group = '', version = ''] = textAt(object, 'apiVersion').split('/')
  return {
    uid: '',
    kind: { group, version, kind: textAt(object, 'kind') },
    subResource: '',
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name'),
    operation: 'CREATE',
    dryRun: true,
    object,
    oldObject: undefined,
  }
}
