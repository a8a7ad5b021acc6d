import { isKnownKind } from '../core/decide.ts'
import type { Write } from '../core/decision.ts'
import type { ConfiguredMesh } from '../core/detected-meshes.ts'
import { findingsOf, lineOf } from '../core/explain.ts'
import type { Told } from '../core/live.ts'
import type { Level } from '../core/reasons.ts'
import { inject, type Outcome, uninject } from '../core/review.ts'
import type { Facts } from '../core/types.ts'
import { nameOfObject, writeOf } from '../core/write-of.ts'
import { manifestFacts } from './manifest-facts.ts'
import { readManifests } from './manifest-file.ts'

export interface Injected {
  /** The manifests as they would be stored. */
  readonly manifests: string
  /** Every finding on the objects that the webhook would see, in their order. */
  readonly reasons: readonly { readonly level: Level; readonly text: string }[]
}

/**
 * What the webhook would do if these manifests, YAML or JSON, were created now; proxies, bootstraps
 * and Settings among them tell of their Gloo, control planes of what `meshes` leave out. Throws ManifestError when the text is neither.
 */
export const injectManifests = (
  text: string,
  facts: Facts,
  meshes: readonly ConfiguredMesh[] = facts.meshes,
): Injected => changeEach(text, { facts, meshes }, inject)

/** The manifests without what gloo-istio added to them. Throws ManifestError. */
export const uninjectManifests = (
  text: string,
  facts: Facts,
  meshes: readonly ConfiguredMesh[] = facts.meshes,
): Injected => changeEach(text, { facts, meshes }, uninject)

type Change = (request: Write, facts: Facts) => Outcome

const changeEach = (text: string, told: Told, change: Change): Injected => {
  const file = readManifests(text)
  const seen = manifestFacts(
    told,
    file.objects.map(({ object }) => object),
  )
  const reasons = file.objects.flatMap(({ object, apply }) => {
    const request = writeOf(object)
    if (!isKnownKind(request.kind)) return []
    const { decision, object: after, patch } = change(request, seen)
    if (patch.length > 0) apply(patch, after)
    return findingsOf(decision).map(finding => ({
      level: finding.level,
      text: `${nameOfObject(object)}: ${lineOf(finding)}`,
    }))
  })
  return { manifests: file.print(), reasons }
}
