import { ownAnnotations } from './annotations.ts'
import type { Write } from './decision.ts'
import { decidingAnnotation } from './destination.ts'
import { fieldAt, isRecord, withValue } from './json.ts'
import type { Facts, JsonObject } from './types.ts'
import { viewUpstream, withSslConfig } from './upstream.ts'
import { isDiscovered, isOurs } from './upstream-ownership.ts'

/**
 * Gloo's discovery writes an Upstream anew from its Service: with the `sslConfig` that it saw first, the
 * Service's annotations as they were once, and none of anybody else
 * (gloo@v1.22.1:projects/gloo/pkg/plugins/utils/update_upstream_spec.go). So its write is corrected as it
 * goes by: else what our annotations and the last decision said would not last.
 */
export const correctDiscovery = (write: Write, facts: Facts): JsonObject => {
  if (!isByDiscovery(write)) return write.object
  const ours = ownAnnotations(write.oldObject)
  const corrected = withSslConfigOfBefore(write, facts, Object.keys(ours).length > 0)
  return withAnnotations(corrected, ours, facts.snapshot !== undefined)
}

/** Discovery writes with a ServiceAccount of the namespace that it writes to, and labels what it wrote. */
const isByDiscovery = ({ kind, user, namespace, object }: Write): boolean =>
  kind.kind === 'Upstream' &&
  user.startsWith(`system:serviceaccount:${namespace}:`) &&
  isDiscovered(object)

/** It makes no `sslConfig` of its own, unless the Service tells it to: what it brings is a copy that may be old. */
const withSslConfigOfBefore = (write: Write, facts: Facts, isMarked: boolean): JsonObject => {
  const { object, oldObject } = write
  const view = viewUpstream(object)
  if (oldObject === undefined || !isRecord(view.settings)) return object
  if (decidingAnnotation(object, view, undefined)) return object
  if (!isMarked && !isOurs({ ...write, oldObject: undefined }, facts, {})) return object
  const { sslConfig } = viewUpstream(oldObject)
  return withSslConfig(object, isRecord(sslConfig) ? sslConfig : undefined)
}

/** Ours as they were before; those of the Service, where Services are followed, are asked there. */
const withAnnotations = (
  object: JsonObject,
  ours: JsonObject,
  areFollowed: boolean,
): JsonObject => {
  const copied = ownAnnotations(object)
  const isLost = Object.keys(copied).length === 0
  if (Object.keys(ours).length === 0 && (isLost || !areFollowed)) return object
  const annotations = fieldAt(object, 'metadata', 'annotations')
  const kept = Object.entries(isRecord(annotations) ? annotations : {}).filter(
    ([key]) => !(key in copied),
  )
  return withValue(object, ['metadata', 'annotations'], { ...Object.fromEntries(kept), ...ours })
}
