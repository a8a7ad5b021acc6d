import { isKnownKind } from '../core/decide.ts'
import type { Write } from '../core/decision.ts'
import { findingsOf, lineOf } from '../core/explain.ts'
import { textAt } from '../core/json.ts'
import { withSeen } from '../core/observe.ts'
import type { Level } from '../core/reasons.ts'
import { inject, type Outcome, uninject } from '../core/review.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import { readJson } from './json-manifests.ts'
import { nameObject } from './manifests.ts'
import { readYaml } from './yaml-manifests.ts'

export interface Injected {
  /** The manifests as they would be stored. */
  readonly manifests: string
  /** Every finding on the objects that the webhook would see, in their order. */
  readonly reasons: readonly { readonly level: Level; readonly text: string }[]
}

/**
 * What the webhook would do if these manifests, YAML or JSON, were created now; proxies, bootstraps
 * and Settings among them tell of their Gloo. Throws ManifestError when the text is neither.
 */
export const injectManifests = (text: string, facts: Facts): Injected =>
  changeEach(text, facts, inject)

/** The manifests without what gloo-istio added to them. Throws ManifestError. */
export const uninjectManifests = (text: string, facts: Facts): Injected =>
  changeEach(text, facts, uninject)

type Change = (request: Write, facts: Facts) => Outcome

const changeEach = (text: string, facts: Facts, change: Change): Injected => {
  const file = text.trimStart().startsWith('{') ? readJson(text) : readYaml(text)
  const seen = withSeen(
    facts,
    file.objects.map(({ object }) => object),
  )
  const reasons = file.objects.flatMap(({ object, apply }) => {
    const request = creationOf(object)
    if (!isKnownKind(request.kind)) return []
    const { decision, object: after, patch } = change(request, seen)
    if (patch.length > 0) apply(patch, after)
    return findingsOf(decision).map(finding => ({
      level: finding.level,
      text: `${nameObject(object)}: ${lineOf(finding)}`,
    }))
  })
  return { manifests: file.print(), reasons }
}

const creationOf = (object: JsonObject): Write => {
  const [version = '', group = ''] = textAt(object, 'apiVersion').split('/').toReversed()
  return {
    uid: '',
    kind: { group, version, kind: textAt(object, 'kind') },
    subResource: '',
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name'),
    operation: 'CREATE',
    dryRun: true,
    user: '',
    object,
    oldObject: undefined,
  }
}
