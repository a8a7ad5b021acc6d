import type { JsonObject } from '../src/core/types.ts'

const NAME = 'bench'

const SSL_CONFIG = `{
  "alpnProtocols": dyn(["istio"]),
  "sds": dyn({
    "certificatesSecretName": "istio_server_cert",
    "validationContextName": "istio_validation_context",
    "targetUri": "127.0.0.1:8234"
  })
}`

/** CEL does not know the time, so it has no `since`. */
const mark = (fingerprint: string): string =>
  JSON.stringify(JSON.stringify({ mesh: 'istio-system.istio', sslConfig: fingerprint }))

const patch = (fingerprint: string): string => `[
  JSONPatch{op: "add", path: "/spec/sslConfig", value: ${SSL_CONFIG}},
  JSONPatch{
    op: "add",
    path: "/metadata/annotations/" + jsonpatch.escapeKey("gloo-istio.io/injected"),
    value: ${mark(fingerprint)}
  }
]`

const SELECTED = "object.metadata.?annotations['gloo-istio.io/mtls'].orValue('') == 'enabled'"

/**
 * The change of gloo-istio to an annotated Upstream, as far as CEL can make it: by the API server itself, from
 * constants, without a mesh to choose and without a reason. CEL cannot hash either: the fingerprint of the
 * sslConfig is told.
 */
export const policyObjects = (fingerprint: string): readonly JsonObject[] => [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: NAME },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['gloo.solo.io'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['upstreams'],
          },
        ],
      },
      matchConditions: [
        { name: 'selected', expression: SELECTED },
        { name: 'free', expression: '!has(object.spec.sslConfig)' },
      ],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patch(fingerprint) } }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: NAME },
    spec: { policyName: NAME },
  },
]
