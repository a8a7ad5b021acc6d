import { ownAnnotations } from './annotations.ts'
import type { Write } from './decision.ts'
import { fieldAt, isRecord, isSet, withValue } from './json.ts'
import type { JsonObject } from './types.ts'

/**
 * Gloo's discovery writes an Upstream anew from its Service: with the `sslConfig` that it saw first, and
 * without the annotations of anybody else (gloo@v1.22.1:projects/gloo/pkg/plugins/utils/update_upstream_spec.go).
 * So ours are put back as its write goes by: else what they switched on, or off, would not last.
 */
export const withKeptAnnotations = (write: Write): JsonObject => {
  const { object, oldObject } = write
  const ours = ownAnnotations(oldObject)
  const isLost = Object.keys(ownAnnotations(object)).length === 0 && Object.keys(ours).length > 0
  if (!isLost || !isByDiscovery(write)) return object
  const annotations = fieldAt(object, 'metadata', 'annotations')
  const others = isRecord(annotations) ? annotations : {}
  return withValue(object, ['metadata', 'annotations'], { ...others, ...ours })
}

/** Discovery writes with a ServiceAccount of the namespace that it writes to, and labels what it wrote. */
const isByDiscovery = ({ kind, user, namespace, object }: Write): boolean =>
  kind.kind === 'Upstream' &&
  user.startsWith(`system:serviceaccount:${namespace}:`) &&
  isSet(fieldAt(object, 'metadata', 'labels', 'discovered_by'))
