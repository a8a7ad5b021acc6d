import { join } from 'node:path'
import type { V1Deployment } from '@kubernetes/client-node'
import type { JsonObject } from '../../src/core/types.ts'
import { NAMESPACE, UPSTREAM } from '../demo/stage.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { envoyWrapper } from '../stand-ins/envoy-wrapper.ts'
import { startGloo } from '../stand-ins/gloo.ts'
import { glooSds } from '../stand-ins/gloo-sds.ts'
import { startPod } from '../stand-ins/kubelet.ts'
import { placePod } from '../stand-ins/kubelet-port-forward.ts'
import type { StartImage } from '../stand-ins/pod-containers.ts'
import { proxyv2 } from '../stand-ins/proxyv2.ts'
import type { Pods } from '../stand-ins/workload-runner.ts'
import type { Live } from './live.ts'

/** As the stand-in for the kubelet calls it. */
export const GATEWAY_POD = 'gateway-proxy-5d8c7f9b6-x7k2p'
export const NODE = 'node'

export interface GatewayStage {
  readonly controlPlane: ControlPlane
  readonly live: Live
  readonly dir: string
  readonly gloo: string
  readonly ports: { readonly http: number; readonly admin: number }
  /** Where details listens. */
  readonly details: number
  /** Where addresses of the cluster, and of a pod of its own, are on this machine. */
  readonly addresses: Readonly<Record<string, string>>
}

/** A value in which each address is the one of this machine. */
const readdress = <T>(value: T, addresses: GatewayStage['addresses']): T => {
  const text = Object.entries(addresses).reduce(
    (known, [from, to]) => known.replaceAll(from, to),
    JSON.stringify(value),
  )
  return JSON.parse(text)
}

const withAddresses =
  (image: StartImage, addresses: GatewayStage['addresses']): StartImage =>
  container => {
    const { env, args } = container
    return image({ ...container, ...readdress({ env, args }, addresses) })
  }

/** Runs the pod of a gateway-proxy as its Deployment says now, with Gloo behind its Envoy. */
export const gatewayRunner = (stage: GatewayStage) => {
  const { controlPlane, live, dir, ports, addresses } = stage
  let count = 0
  return async (deployment: V1Deployment): Promise<Pods> => {
    const options = {
      clustersFile: join(dir, 'clusters.json'),
      cluster: `${UPSTREAM}_${NAMESPACE}`,
      ports,
    }
    const pod = await startPod({
      deployment,
      controlPlane,
      images: {
        'gloo-envoy-wrapper': envoyWrapper(options),
        proxyv2: withAddresses(proxyv2(), addresses),
        sds: withAddresses(glooSds, addresses),
      },
      dir: join(dir, `pod-${++count}`),
      nodeRoot: join(dir, NODE),
    })
    const { reroot } = pod.container('gateway-proxy')
    const gloo = startGloo({
      kubeConfig: live.kubeConfig,
      clustersFile: options.clustersFile,
      resolve: () => ({ host: '127.0.0.1', port: stage.details }),
      version: stage.gloo,
      deliver: (clusters: JsonObject) => reroot(readdress(clusters, addresses)),
    })
    await placePod(live.api, deployment, { name: GATEWAY_POD, node: NODE })
    const stop = async () => {
      await removePod(live)
      await gloo.stop()
      await pod.stop()
    }
    return { stop }
  }
}

/** At once, as there is no kubelet that would say that it has ended. */
const removePod = ({ api }: Live) =>
  api.request({
    method: 'DELETE',
    path: `/api/v1/namespaces/${NAMESPACE}/pods/${GATEWAY_POD}`,
    query: { gracePeriodSeconds: 0 },
  })
