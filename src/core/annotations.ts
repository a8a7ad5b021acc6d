import { fieldAt, isRecord, isSet } from './json.ts'
import type { JsonObject } from './types.ts'

/** What every annotation of ours begins with. */
const OURS = 'gloo-istio.io/'

/**
 * On an Upstream, or on the Service that it leads to: `enabled` fills the `sslConfig`, `disabled` takes away
 * what was filled; `9080:enabled` holds for one port, several are separated by commas.
 * Default: not set, which leaves it to the next rule: Upstream, Service, namespaces, `selection`.
 */
export const MTLS_ANNOTATION = 'gloo-istio.io/mtls'

/**
 * Label of a namespace: `enabled` selects every Upstream that leads to a Service of it, or lives in it,
 * `disabled` keeps them out. Default: not set, which leaves it to the next rule.
 */
export const MTLS_LABEL = 'gloo-istio.io/mtls'

/**
 * On an Upstream, its Service, or as annotation or label of that namespace: the mesh whose certificates it uses, `<namespace>.<name>` as in the configuration.
 * Default: `defaultMesh` of the configuration, or its only mesh.
 */
export const MESH_ANNOTATION = 'gloo-istio.io/mesh'

/**
 * On a proxy's Deployment or DaemonSet, or the ConfigMap of its bootstrap: `disabled` takes away what
 * was added, and keeps it out. Default: `enabled`.
 */
export const INJECT_ANNOTATION = 'gloo-istio.io/inject'

/**
 * On a proxy's Deployment or DaemonSet: the only meshes to mount, `<namespace>.<name>`,
 * separated by commas. Default: every configured mesh.
 */
export const MESHES_ANNOTATION = 'gloo-istio.io/meshes'

/**
 * On an Upstream: the server name that Envoy asks for (SNI), a DNS name.
 * Default: none, which Istio's sidecars do not ask for.
 */
export const SNI_ANNOTATION = 'gloo-istio.io/sni'

/**
 * On an Upstream: the only SPIFFE names its workloads may have, separated by commas:
 * `spiffe://cluster.local/ns/default/sa/details`. Default: any name that the mesh issued.
 */
export const SUBJECT_ALT_NAMES_ANNOTATION = 'gloo-istio.io/subject-alt-names'

/**
 * On an Upstream, its Service, or as annotation or label of that namespace: `enabled` accepts only the SPIFFE
 * names of the ServiceAccounts that stand behind the Service, `disabled` any name that the mesh issued.
 * Default: `verifyIdentity` of the configuration.
 */
export const VERIFY_IDENTITY_ANNOTATION = 'gloo-istio.io/verify-identity'

/**
 * On a proxy's Deployment or DaemonSet: `disabled` keeps Upstreams from waiting for it, and from being
 * switched off on its account. Default: `enabled`.
 */
export const INTERLOCK_ANNOTATION = 'gloo-istio.io/interlock'

/**
 * Written by gloo-istio on what it changed: the fingerprint of each addition, by its path, so that
 * exactly those can be taken away again. Not for people to set.
 */
export const INJECTED_ANNOTATION = 'gloo-istio.io/injected'

/**
 * On the Secret of our authority: an authority made before this moment (RFC 3339) is replaced, in two
 * phases and without a failed write. Default: it is replaced when two thirds of its life are over.
 */
export const ROTATE_BEFORE_ANNOTATION = 'gloo-istio.io/rotate-before'

/** The value of an annotation as it stands in the JSON; undefined when it is not there. */
export const annotationOf = (object: JsonObject | undefined, key: string): unknown => {
  const value = fieldAt(object, 'metadata', 'annotations', key)
  return isSet(value) ? value : undefined
}

/** The annotations of ours that an object has. */
export const ownAnnotations = (object: JsonObject | undefined): JsonObject => {
  const annotations = fieldAt(object, 'metadata', 'annotations')
  const entries = isRecord(annotations) ? Object.entries(annotations) : []
  return Object.fromEntries(entries.filter(([key]) => key.startsWith(OURS)))
}
