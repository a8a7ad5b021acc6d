import { fieldAt, isSet } from './json.ts'
import type { JsonObject } from './types.ts'

/**
 * On an Upstream: `enabled` fills its `sslConfig`, `disabled` leaves it alone.
 * Default: not set, which means not selected.
 */
export const MTLS_ANNOTATION = 'gloo-istio.io/mtls'

/**
 * On an Upstream: the mesh whose certificates it uses, `<namespace>.<name>` as in the configuration.
 * Default: `defaultMesh` of the configuration, or its only mesh.
 */
export const MESH_ANNOTATION = 'gloo-istio.io/mesh'

/**
 * On a gateway-proxy Deployment or DaemonSet: `disabled` keeps certificates out of it.
 * Default: `enabled`.
 */
export const INJECT_ANNOTATION = 'gloo-istio.io/inject'

/**
 * On a gateway-proxy Deployment or DaemonSet: the only meshes to mount, `<namespace>.<name>`,
 * separated by commas. Default: every configured mesh.
 */
export const MESHES_ANNOTATION = 'gloo-istio.io/meshes'

/** The value of an annotation as it stands in the JSON; undefined when it is not there. */
export const annotationOf = (object: JsonObject | undefined, key: string): unknown => {
  const value = fieldAt(object, 'metadata', 'annotations', key)
  return isSet(value) ? value : undefined
}
