import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KubeConfig, type V1Deployment } from '@kubernetes/client-node'
import { createMeshAuthority, type MeshAuthority } from '../../certs/mesh.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { freePort, isFree } from '../parts/ports.ts'
import { reportRollout } from '../stand-ins/deployment-controller.ts'
import { startDetails } from '../stand-ins/details.ts'
import type { GatewayOptions } from '../stand-ins/envoy-bootstrap.ts'
import { envoyWrapper, gatewayOf } from '../stand-ins/envoy-wrapper.ts'
import { startGloo } from '../stand-ins/gloo.ts'
import { glooSds } from '../stand-ins/gloo-sds.ts'
import { startPod } from '../stand-ins/kubelet.ts'
import { proxyv2 } from '../stand-ins/proxyv2.ts'
import { type Issuer, issuers } from './issuers.ts'
import { isOld, type Mode, serviceAccountOf, valuesOf } from './modes.ts'
import { manifest, must, NAMESPACE, UPSTREAM } from './stage.ts'

export type Gateway = Awaited<ReturnType<Players['gateway']>>

const USUAL_SDS_PORT = 8234

/** All that plays in one mode, started one by one and ended in reverse. */
export class Players {
  readonly dir: string
  readonly mode: Mode
  readonly #ends: (() => unknown)[] = []

  constructor(dir: string, mode: Mode) {
    this.dir = dir
    this.mode = mode
    mkdirSync(dir, { recursive: true })
  }

  get #nodeRoot() {
    return join(this.dir, 'node')
  }

  /** A mesh: its authority, and a workload in STRICT mode. */
  async mesh(trustDomain = 'cluster.local') {
    const authority = await createMeshAuthority(trustDomain, new Date())
    const details = await startDetails(authority)
    this.atEnd(details.close)
    return { authority, details }
  }

  async issuer(controlPlane: ControlPlane, mesh: MeshAuthority): Promise<Issuer> {
    const issuer = await issuers[this.mode.issuer]({
      controlPlane,
      mesh,
      dir: this.dir,
      nodeRoot: this.#nodeRoot,
      namespace: NAMESPACE,
      serviceAccount: serviceAccountOf(this.mode),
    })
    this.atEnd(issuer.stop)
    return issuer
  }

  /** What gloo-istio is told, with a port for certificates that nobody beside us takes, even while none listens there. */
  async values(issuer: Issuer) {
    return valuesOf(this.mode, { ...issuer.values, sdsPort: await freePort() })
  }

  /** The same as most would have it: another port only where somebody has the usual one. */
  async usualValues(issuer: Issuer) {
    if (!(await isFree(USUAL_SDS_PORT))) return this.values(issuer)
    return valuesOf(this.mode, issuer.values)
  }

  /** The manifest of this version of Gloo. */
  manifest(name: 'gateway-proxy' | 'upstream'): string {
    if (isOld(this.mode)) return manifest(name)
    const text = readFileSync(manifest(`${name}-1`), 'utf8')
    const file = join(this.dir, `${name}.yaml`)
    writeFileSync(file, text.replaceAll('VERSION', this.mode.gloo))
    return file
  }

  /** A pod of the injected Deployment, and Gloo behind its Envoy. `agent` is environment of Istio's agent. */
  async gateway(
    controlPlane: ControlPlane,
    details: { readonly port: number },
    agent: Readonly<Record<string, string>> = {},
  ) {
    const options = await this.#gatewayOptions()
    const images = {
      'gloo-envoy-wrapper': envoyWrapper(options),
      proxyv2: proxyv2(agent),
      sds: glooSds,
    }
    const [dir, nodeRoot] = [join(this.dir, 'pod'), this.#nodeRoot]
    const deployment = await deploymentIn(controlPlane)
    const pod = await startPod({ deployment, controlPlane, images, dir, nodeRoot })
    this.atEnd(pod.stop)
    await reportRollout(controlPlane, deployment)
    const gloo = startGloo({
      kubeConfig: kubeConfigOf(controlPlane),
      clustersFile: options.clustersFile,
      resolve: () => ({ host: '127.0.0.1', port: details.port }),
      version: this.mode.gloo,
      deliver: pod.container('gateway-proxy').reroot,
    })
    this.atEnd(gloo.stop)
    return { ...gatewayOf(options), pod }
  }

  async #gatewayOptions(): Promise<GatewayOptions> {
    return {
      clustersFile: join(this.dir, 'clusters.json'),
      cluster: `${UPSTREAM}_${NAMESPACE}`,
      ports: { http: await freePort(), admin: await freePort() },
    }
  }

  atEnd(end: () => unknown) {
    this.#ends.push(end)
  }

  async end() {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}

const deploymentIn = async (controlPlane: ControlPlane): Promise<V1Deployment> =>
  JSON.parse(
    await must(controlPlane, 'get', 'deployment', 'gateway-proxy', '-n', NAMESPACE, '-o', 'json'),
  )

const kubeConfigOf = ({ kubeconfig }: ControlPlane) => {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(kubeconfig)
  return kubeConfig
}
