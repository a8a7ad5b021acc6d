import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../src/core/types.ts'
import { ENABLED, reviewOf } from '../test/harness/build.ts'
import { discovered, gatewayProxy } from '../test/harness/live.ts'

/** What decides about the samples: a Gloo and an Istio of today. */
export const CONFIGURATION = `apiVersion: gloo-istio.io/v1alpha1
kind: Configuration
gloo:
  version: 1.17.3
meshes:
- namespace: istio-system
  name: istio
  istioVersion: 1.22.0
`

/** As the API server keeps book of who set which field, once for every manager. */
const managedFields = (managers: number): readonly JsonObject[] =>
  Array.from({ length: managers }, (_, at) => ({
    apiVersion: 'gloo.solo.io/v1',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:labels': { '.': {}, 'f:discovered_by': {}, [`f:example.com/${at}`]: {} } },
      'f:spec': { '.': {}, 'f:discoveryMetadata': { '.': {}, 'f:labels': {} }, 'f:kube': {} },
    },
    manager: `discovery-${at}`,
    operation: 'Update',
    time: '2026-01-01T00:00:00Z',
  }))

/** As the API server keeps an object, and hands it on. */
export const stored = (
  object: JsonObject,
  annotations: JsonObject,
  managers: number,
): JsonObject => ({
  ...object,
  metadata: {
    ...(object['metadata'] as JsonObject),
    annotations,
    uid: randomUUID(),
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields: managedFields(managers),
  },
})

const withHosts = (upstream: JsonObject, count: number): JsonObject => ({
  ...upstream,
  spec: {
    static: {
      hosts: Array.from({ length: count }, (_, at) => ({ addr: `h${at}.example.com`, port: 443 })),
    },
  },
})

const details = discovered('bookinfo', 'details')

/** A review as the API server sends it, with fields around the object that cost bytes but are not looked at. */
const reviewBody = (object: JsonObject, resource: JsonObject): string =>
  JSON.stringify(
    reviewOf(object, {
      uid: randomUUID(),
      resource,
      requestKind: { group: 'gloo.solo.io', version: 'v1', kind: 'Upstream' },
      requestResource: resource,
      userInfo: {
        username: 'system:serviceaccount:gloo-system:discovery',
        groups: ['system:serviceaccounts', 'system:authenticated'],
      },
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    }),
  )

const UPSTREAMS = { group: 'gloo.solo.io', version: 'v1', resource: 'upstreams' }
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' }

/** Bodies of reviews by what a table calls them: what Gloo writes all day, and what hardly anybody has. */
export const SAMPLES: Readonly<Record<string, string>> = {
  'Upstream, 2 KB': reviewBody(stored(details, ENABLED, 2), UPSTREAMS),
  'Deployment, 10 KB': reviewBody(stored(gatewayProxy('1.17.3'), {}, 29), DEPLOYMENTS),
  'Upstream, 300 KB': reviewBody(stored(withHosts(details, 7_700), ENABLED, 2), UPSTREAMS),
  'Upstream, 3 MB': reviewBody(stored(withHosts(details, 75_000), ENABLED, 2), UPSTREAMS),
}

/** The review that most of a webhook's load consists of. */
export const UPSTREAM_REVIEW = SAMPLES['Upstream, 2 KB'] ?? ''
