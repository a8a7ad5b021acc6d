import type { Ingress } from '../../src/core/mesh-ingress.ts'
import type { JsonObject } from '../../src/core/types.ts'

/** A node of a cloud, as kubelet reports it. */
export const nodeOf = (name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    addresses: [
      { type: 'Hostname', address: name },
      { type: 'InternalIP', address: '10.0.0.1' },
    ],
  },
  ...more,
})

/** A pod of the gateway-proxy. */
export const proxyPod = (spec: JsonObject = {}, status: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'gloo-system',
    name: 'gateway-proxy-1',
    labels: { 'gateway-proxy-id': 'gateway-proxy' },
  },
  spec: {
    nodeName: 'node-1',
    containers: [
      {
        name: 'gateway-proxy',
        image: 'example.com/envoy:1',
        ports: [
          { name: 'http', containerPort: 8080 },
          { name: 'https', containerPort: 8443 },
        ],
      },
    ],
    ...spec,
  },
  status: { hostIP: '10.0.0.9', ...status },
})

export const READY = { conditions: [{ type: 'Ready', status: 'True' }] }

/** The Service of the gateway-proxy, as Gloo's chart has it. */
export const proxyService = (spec: JsonObject = {}, status: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'gloo-system', name: 'gateway-proxy' },
  spec: {
    type: 'LoadBalancer',
    selector: { 'gateway-proxy-id': 'gateway-proxy' },
    ports: [
      { name: 'http', port: 80, targetPort: 8080, nodePort: 31500 },
      { name: 'https', port: 443, targetPort: 8443, nodePort: 32500 },
    ],
    ...spec,
  },
  status,
})

export const balanced = (...ingress: readonly JsonObject[]): JsonObject => ({
  loadBalancer: { ingress },
})

export const ingress = (service: JsonObject, more: Partial<Ingress> = {}): Ingress => ({
  service,
  pods: [proxyPod()],
  nodes: [nodeOf('node-1')],
  ...more,
})
