import type { JsonObject } from '../../src/core/types.ts'

export interface Shape {
  readonly labels?: JsonObject
  readonly templateLabels?: JsonObject
  readonly annotations?: JsonObject
  readonly podSpec?: JsonObject
  readonly containers?: readonly JsonObject[]
  readonly volumes?: readonly JsonObject[]
}

export const ENVOY: JsonObject = {
  name: 'gateway-proxy',
  ports: [{ name: 'http', containerPort: 8080 }],
  volumeMounts: [{ name: 'envoy-config', mountPath: '/etc/envoy' }],
}

/** A gateway-proxy Deployment, as Gloo's chart makes it but for what is asked for. */
export const gatewayProxy = (shape: Shape = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'gateway-proxy',
    namespace: 'gloo-system',
    labels: shape.labels ?? { gloo: 'gateway-proxy' },
    ...(shape.annotations && { annotations: shape.annotations }),
  },
  spec: {
    template: {
      metadata: { labels: shape.templateLabels ?? shape.labels ?? { gloo: 'gateway-proxy' } },
      spec: {
        containers: shape.containers ?? [ENVOY],
        volumes: shape.volumes ?? [{ name: 'envoy-config', configMap: { name: 'c' } }],
        ...shape.podSpec,
      },
    },
  },
})

/** Envoy with one more mount. */
export const envoyWith = (name: string, mountPath: string): JsonObject => ({
  ...ENVOY,
  volumeMounts: [...(ENVOY['volumeMounts'] as JsonObject[]), { name, mountPath }],
})
