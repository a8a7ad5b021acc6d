import { INJECT_ANNOTATION } from './annotations.ts'
import { type Decision, skip } from './decision.ts'
import { carriesAll, lossOf } from './forms-carried.ts'
import { isGatewayProxy } from './gateway-proxy.ts'
import { fieldAt, isRecord, without, withValue } from './json.ts'
import { diff } from './patch.ts'
import type { Change } from './plan.ts'
import { finding, type Reason } from './reasons.ts'
import { inject, uninject } from './review.ts'
import { collectionOf } from './snapshot.ts'
import type { Facts, JsonObject } from './types.ts'
import { writeOf } from './write-of.ts'

/** What becomes of a proxy, or of its bootstrap, that an operator names; the stage is not asked. */
export interface ChangeByName extends Change {
  /** The answer is no, for what the decision says; then there is no patch. */
  readonly isRefused: boolean
}

const ANNOTATIONS = ['metadata', 'annotations'] as const

/** What keeps a bootstrap from what its proxy needs; all else that is said of one, its proxy is told, too. */
const BOOTSTRAP_TROUBLES: readonly Reason[] = ['BootstrapUnreadable', 'InvalidAnnotation']

const isBootstrap = (object: JsonObject): boolean => collectionOf(object) === 'configMaps'

/** Gives an object what is ours, and takes its opt-out back. `time` is now (RFC 3339). */
export const injectByName = (object: JsonObject, facts: Facts, time = ''): ChangeByName => {
  const write = writeOf(withoutOptOut(object), { operation: 'UPDATE', time })
  const { decision, object: after } = inject(write, facts)
  const { reason } = decision.finding
  const isAsAsked = isBootstrap(object)
    ? !BOOTSTRAP_TROUBLES.includes(reason)
    : decision.kind !== 'skip' || reason === 'SidecarOnGateway' || carriesAll(after, facts)
  return isAsAsked ? changed(object, decision, after) : refused(object, decision)
}

/**
 * Takes away what is ours and opts the object out, or the next write would bring it all back. Refused while
 * Upstreams use what would be gone, unless it is forced: then their names are among the notices.
 */
export const uninjectByName = (
  object: JsonObject,
  facts: Facts,
  { isForced }: { readonly isForced: boolean },
): ChangeByName => {
  if (!isBootstrap(object) && !isGatewayProxy(object))
    return refused(object, skip(finding('NotGatewayProxy', {})))
  const write = writeOf(withOptOut(object), { operation: 'UPDATE' })
  // What leans on it is asked below, of every Upstream and not of those alone that bear our mark.
  const { decision, object: after } = uninject(write, { ...facts, isLive: false })
  const loss = isBootstrap(object) ? undefined : lossOf(object, after, facts)
  if (loss === undefined) return changed(object, decision, after)
  if (!isForced) return refused(object, skip(loss))
  return changed(object, { ...decision, notices: [loss, ...decision.notices] }, after)
}

const refused = (object: JsonObject, decision: Decision): ChangeByName => ({
  object,
  decision,
  patch: [],
  held: [],
  isRefused: true,
})

const changed = (object: JsonObject, decision: Decision, after: JsonObject): ChangeByName => ({
  object,
  decision,
  patch: diff(object, after),
  held: [],
  isRefused: false,
})

const withOptOut = (object: JsonObject): JsonObject =>
  withValue(object, [...ANNOTATIONS, INJECT_ANNOTATION], 'disabled')

/** Another word than `disabled` is no opt-out of ours, and stays to be told of. */
const withoutOptOut = (object: JsonObject): JsonObject => {
  const annotations = fieldAt(object, ...ANNOTATIONS)
  if (!isRecord(annotations) || annotations[INJECT_ANNOTATION] !== 'disabled') return object
  return withValue(object, ANNOTATIONS, without(annotations, INJECT_ANNOTATION))
}
