import { readYaml } from '../../src/config/yaml.ts'
import type { AdmissionRequest, Facts, Gloo, JsonObject, Mesh } from '../../src/core/types.ts'
import { readBootstrap } from '../../src/envoy/bootstrap.ts'

/** A mesh with the defaults of the configuration, of an Istio that has Citadel. */
export const mesh = (reference: string, more: Partial<Mesh> = {}): Mesh => {
  const [namespace = '', ...name] = reference.split('.')
  return {
    namespace,
    name: name.join('.'),
    istioNamespace: 'istio-system',
    trustDomain: 'cluster.local',
    mode: 'auto',
    istioVersion: '1.0.6',
    ...more,
  }
}

export const gloo = (more: Partial<Gloo> = {}): Gloo => ({
  version: '1.0.0',
  bootstrapCluster: false,
  autoMtls: 'disabled',
  sidecarOnGateway: false,
  ...more,
})

/** Facts of Gloo 1.0.0, which takes certificates as files. */
export const facts = (...meshes: readonly Mesh[]): Facts => ({
  stage: 'inject',
  mountRoot: '/etc/certs',
  clusterDomain: 'cluster.local',
  defaultMesh: undefined,
  meshes,
  meshesAreTold: true,
  istioNamespaces: ['istio-system'],
  gloo: gloo(),
  glooSeen: {},
  selection: 'labelled',
  verifyIdentity: false,
  snapshot: undefined,
  isLive: false,
  isSynced: true,
  isStale: false,
  readYaml,
  readBootstrap,
})

/** The same with another Gloo. */
export const factsOn = (version: string | undefined, ...meshes: readonly Mesh[]): Facts => ({
  ...facts(...meshes),
  gloo: gloo({ version }),
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
  user: 'kubernetes-admin',
  time: '',
  object,
  oldObject: undefined,
  ...more,
})

export const kindOf = (object: JsonObject) => {
  const [version = '', group = ''] = String(object['apiVersion']).split('/').toReversed()
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
