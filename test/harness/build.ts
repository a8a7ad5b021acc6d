import type { AdmissionRequest, Facts, JsonObject, Mesh } from '../../src/core/types.ts'

/** A mesh with the defaults of the configuration. */
export const mesh = (reference: string, more: Partial<Mesh> = {}): Mesh => {
  const [namespace = '', ...name] = reference.split('.')
  return {
    namespace,
    name: name.join('.'),
    istioNamespace: 'istio-system',
    trustDomain: 'cluster.local',
    mode: 'auto',
    ...more,
  }
}

export const facts = (...meshes: readonly Mesh[]): Facts => ({
  mountRoot: '/etc/certs',
  defaultMesh: undefined,
  meshes,
})

export const ENABLED = { 'gloo-istio.io/mtls': 'enabled' }

export const upstream = (more: JsonObject = {}, annotations: JsonObject = ENABLED): JsonObject => ({
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Upstream',
  metadata: { name: 'default-details-9080', namespace: 'gloo-system', annotations },
  spec: { kube: { serviceName: 'details', serviceNamespace: 'default', servicePort: 9080 } },
  ...more,
})

export const UPSTREAM_KIND = { group: 'gloo.solo.io', version: 'v1', kind: 'Upstream' }

export const requestOf = (
  object: JsonObject,
  more: Partial<AdmissionRequest> = {},
): AdmissionRequest => ({
  uid: 'a3e1',
  kind: kindOf(object),
  subResource: '',
  namespace: 'gloo-system',
  name: 'default-details-9080',
  operation: 'CREATE',
  dryRun: false,
  object,
  oldObject: undefined,
  ...more,
})

export const kindOf = (object: JsonObject) => {
  const [group = '', version = ''] = String(object['apiVersion']).split('/')
  return { group, version, kind: String(object['kind']) }
}

/** An AdmissionReview as the API server sends it. */
export const reviewOf = (object: unknown, more: JsonObject = {}, version = 'v1') => ({
  apiVersion: `admission.k8s.io/${version}`,
  kind: 'AdmissionReview',
  request: {
    uid: 'a3e1',
    kind: kindOf(object as JsonObject),
    resource: { group: 'gloo.solo.io', version: 'v1', resource: 'upstreams' },
    operation: 'CREATE',
    namespace: 'gloo-system',
    name: 'default-details-9080',
    object,
    oldObject: null,
    dryRun: false,
    ...more,
  },
})
