import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { ApiClient, ApiError } from '../../src/cluster/api.ts'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import type { ControlPlane } from '../parts/control-plane.ts'

export const GLOO_SYSTEM = 'gloo-system'

const PATHS: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  Service: '/api/v1/namespaces/NS/services',
  Pod: '/api/v1/namespaces/NS/pods',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  Event: '/api/v1/namespaces/NS/events',
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  Upstream: '/apis/gloo.solo.io/v1/namespaces/NS/upstreams',
  PeerAuthentication: '/apis/security.istio.io/v1beta1/namespaces/NS/peerauthentications',
}

/** A real API server, asked without starting a kubectl for each question. */
export const connectTo = ({ kubeconfig }: ControlPlane) => {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(kubeconfig)
  const api = new ApiClient(kubeConfig)
  const pathOf = (kind: string, namespace: string) => {
    const path = PATHS[kind]
    if (path === undefined) throw new TypeError(kind)
    return path.replace('NS', namespace)
  }
  const create = (object: JsonObject) => {
    const path = pathOf(textAt(object, 'kind'), textAt(object, 'metadata', 'namespace'))
    return api.request({ method: 'POST', path, body: object })
  }
  const get = (kind: string, namespace: string, name: string) =>
    api.request({ path: `${pathOf(kind, namespace)}/${name}` })
  const list = async (kind: string, namespace: string) => {
    const found = await api.request({ path: pathOf(kind, namespace) })
    return items(found['items']) as readonly JsonObject[]
  }
  const patch = (kind: string, namespace: string, name: string, body: JsonObject) =>
    api.request({
      method: 'PATCH',
      path: `${pathOf(kind, namespace)}/${name}`,
      body,
      contentType: 'application/merge-patch+json',
    })
  const remove = (kind: string, namespace: string, name: string) =>
    api.request({ method: 'DELETE', path: `${pathOf(kind, namespace)}/${name}` })
  const label = (namespace: string, labels: JsonObject) =>
    patch('Namespace', '', namespace, { metadata: { labels } })
  const annotate = (kind: string, namespace: string, name: string, annotations: JsonObject) =>
    patch(kind, namespace, name, { metadata: { annotations } })
  return { api, kubeConfig, create, get, list, patch, remove, label, annotate }
}

export type Live = ReturnType<typeof connectTo>

/** A mistake of the test is told at once; a fetch that failed is a TypeError as well, but has a cause. */
const isMistake = (error: unknown): boolean =>
  error instanceof TypeError && error.cause === undefined

/** Asks until the answer is yes. */
export const eventually = async (
  what: string,
  isSo: () => Promise<boolean>,
  seconds = 20,
  everyMs = 50,
): Promise<void> => {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    // A restart of the API server is part of some tests.
    if (await isSo().catch(error => isMistake(error) && Promise.reject(error))) return
    if (Date.now() > deadline) throw new Error(`not so after ${seconds} s: ${what}`)
    await sleep(everyMs)
  }
}

/** True when it does not exist. */
export const isGone = async (asked: Promise<unknown>): Promise<boolean> => {
  try {
    await asked
    return false
  } catch (error) {
    if (error instanceof ApiError && error.statusCode === 404) return true
    throw error
  }
}

export const namespace = (name: string, labels: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})

export const service = (
  of: string,
  name: string,
  annotations: JsonObject = {},
  ports: readonly number[] = [9080],
): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: of, name, annotations, labels: { app: name } },
  spec: {
    selector: { app: name },
    ports: ports.map(port => ({ name: `p${port}`, port, targetPort: port })),
  },
})

/** As Gloo's discovery writes it. */
export const discovered = (of: string, name: string, port = 9080): JsonObject => ({
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Upstream',
  metadata: {
    namespace: GLOO_SYSTEM,
    name: `${of}-${name}-${port}`,
    labels: { discovered_by: 'kubernetesplugin' },
  },
  spec: {
    discoveryMetadata: { labels: { app: name } },
    kube: {
      selector: { app: name },
      serviceName: name,
      serviceNamespace: of,
      servicePort: port,
    },
  },
})

/** A pod as the API server keeps it; nothing runs it. */
export const pod = (of: string, name: string, more: Partial<PodShape> = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: of,
    name: more.podName ?? `${name}-1`,
    labels: { app: name, ...(more.sidecar !== false && { 'security.istio.io/tlsMode': 'istio' }) },
  },
  spec: {
    serviceAccountName: more.serviceAccount ?? 'default',
    automountServiceAccountToken: false,
    containers: [{ name: 'app', image: 'example.com/app:1' }],
  },
})

interface PodShape {
  readonly podName: string
  readonly sidecar: boolean
  readonly serviceAccount: string
}

/** Istio's control plane, as its chart leaves it behind. */
export const istiod = (version: string, more: JsonObject = {}): readonly JsonObject[] => [
  namespace('istio-system'),
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'istio-system', name: 'istio' },
    data: {
      mesh: JSON.stringify({
        trustDomain: 'mesh.example.com',
        rootNamespace: 'istio-system',
        ...more,
      }),
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      namespace: 'istio-system',
      name: 'istiod',
      labels: { app: 'istiod', istio: 'pilot', 'istio.io/rev': 'default' },
    },
    spec: {
      selector: { matchLabels: { app: 'istiod' } },
      template: {
        metadata: { labels: { app: 'istiod' } },
        spec: {
          containers: [
            {
              name: 'discovery',
              image: `docker.io/istio/pilot:${version}`,
              env: [{ name: 'CLUSTER_ID', value: 'Kubernetes' }],
            },
          ],
        },
      },
    },
  },
]

/** The gateway-proxy of Gloo's charts, as far as it counts. */
export const gatewayProxy = (version: string, name = 'gateway-proxy'): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    namespace: GLOO_SYSTEM,
    name,
    labels: { app: 'gloo', gloo: 'gateway-proxy', 'gateway-proxy-id': name },
  },
  spec: {
    selector: { matchLabels: { 'gateway-proxy-id': name } },
    template: {
      metadata: { labels: { gloo: 'gateway-proxy', 'gateway-proxy-id': name } },
      spec: {
        serviceAccountName: 'gateway-proxy',
        securityContext: { fsGroup: 10101, runAsUser: 10101 },
        containers: [
          {
            name,
            image: `quay.io/solo-io/gloo-envoy-wrapper:${version}`,
            ports: [{ containerPort: 8080, name: 'http' }],
            volumeMounts: [{ mountPath: '/etc/envoy', name: 'envoy-config' }],
          },
        ],
        volumes: [{ name: 'envoy-config', configMap: { name: `${name}-envoy-config` } }],
      },
    },
  },
})

/** Says what the Deployment controller says once every pod is made from the template of now. */
export const rollOut = async ({ api, get }: Live, name = 'gateway-proxy'): Promise<void> => {
  const deployment = await get('Deployment', GLOO_SYSTEM, name)
  const replicas = fieldAt(deployment, 'spec', 'replicas')
  const status = {
    observedGeneration: fieldAt(deployment, 'metadata', 'generation'),
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  }
  await api.request({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${GLOO_SYSTEM}/deployments/${name}/status`,
    body: { status },
    contentType: 'application/merge-patch+json',
  })
}

export const sslConfigOf = (upstream: JsonObject): unknown => fieldAt(upstream, 'spec', 'sslConfig')

export const containerNames = (deployment: JsonObject): readonly string[] =>
  items(fieldAt(deployment, 'spec', 'template', 'spec', 'containers')).map(container =>
    textAt(container, 'name'),
  )
