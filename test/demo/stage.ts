import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { KubeConfig } from '@kubernetes/client-node'
import { createMeshAuthority } from '../../certs/mesh.ts'
import { type ControlPlane, startControlPlane } from '../parts/control-plane.ts'
import { certificateSecret } from '../stand-ins/citadel.ts'
import { startDetails } from '../stand-ins/details.ts'
import { startGloo } from '../stand-ins/gloo.ts'
import { type Mounted, mountSecrets } from '../stand-ins/kubelet.ts'
import { startGateway } from './envoy.ts'

export const NAMESPACE = 'gloo-system'
export const UPSTREAM = 'default-details-9080'
export const MESH = { namespace: 'supergloo-system', name: 'istio', istioVersion: '1.0.6' }

const SERVICE_ACCOUNT = 'default'
const READY_MS = 30_000

/** Relative to where the user is, so that the commands shown can be copied. */
export const manifest = (name: string) =>
  relative(process.cwd(), fileURLToPath(new URL(`manifests/${name}.yaml`, import.meta.url)))

export type Gateway = Awaited<ReturnType<Stage['gateway']>>

/** Things that were started, ended in reverse. */
export class Stage {
  readonly dir: string
  readonly #ends: (() => unknown)[] = []

  constructor(dir: string) {
    this.dir = dir
  }

  /** `/etc/certs` of the gateway: there is no container here, and no root to write there. */
  get mountRoot() {
    return join(this.dir, 'etc', 'certs')
  }

  async controlPlane(): Promise<ControlPlane> {
    const controlPlane = await startControlPlane({ dir: join(this.dir, 'control-plane') })
    this.atEnd(() => controlPlane.stop())
    await must(controlPlane, 'create', 'namespace', NAMESPACE)
    await must(controlPlane, 'apply', '-f', manifest('upstream-crd'))
    return controlPlane
  }

  /** A mesh: its authority, a workload in STRICT mode, and the gateway's certificate as a Secret. */
  async mesh(controlPlane: ControlPlane) {
    const authority = await createMeshAuthority('cluster.local', new Date())
    const details = await startDetails(authority)
    this.atEnd(details.close)
    const secret = await certificateSecret(authority, NAMESPACE, SERVICE_ACCOUNT)
    const file = join(this.dir, 'secret.json')
    writeFileSync(file, JSON.stringify(secret), { mode: 0o600 })
    await must(controlPlane, 'apply', '-f', file)
    return details
  }

  /** Envoy, with the certificates where the injected Deployment mounts them, and Gloo behind it. */
  async gateway(controlPlane: ControlPlane, detailsPort: number) {
    const mounted = await this.#mount(controlPlane)
    const clustersFile = join(this.dir, 'clusters.json')
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromFile(controlPlane.kubeconfig)
    const gloo = startGloo({
      kubeConfig,
      clustersFile,
      resolve: () => ({ host: '127.0.0.1', port: detailsPort }),
    })
    this.atEnd(() => gloo.stop())
    const cluster = `${UPSTREAM}_${NAMESPACE}`
    const gateway = await startGateway({ dir: this.dir, clustersFile, cluster })
    this.atEnd(() => gateway.stop())
    return { ...gateway, mounted }
  }

  async #mount({ kubectl }: ControlPlane): Promise<readonly Mounted[]> {
    const get = async (...what: string[]) =>
      JSON.parse((await kubectl('get', '-n', NAMESPACE, '-o', 'json', ...what)).stdout)
    const [deployment, { items: secrets }] = [
      await get('deployment', 'gateway-proxy'),
      await get('secrets'),
    ]
    return mountSecrets(deployment, 'gateway-proxy', { root: this.mountRoot, secrets })
  }

  atEnd(end: () => unknown) {
    this.#ends.push(end)
  }

  async end() {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}

/** Runs kubectl; anything but success is an error. */
export const must = async ({ kubectl }: ControlPlane, ...args: string[]): Promise<string> => {
  const { stdout, stderr, code } = await kubectl(...args)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/**
 * The API server takes a moment to notice a new webhook. Asks it, without writing, until the webhook
 * answers for what `file` holds.
 */
export const untilAdmitted = async (controlPlane: ControlPlane, file: string, sign: string) => {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    const said = await must(controlPlane, 'apply', '--dry-run=server', '-o', 'yaml', '-f', file)
    if (said.includes(sign)) return
    await sleep(200)
  }
  throw new Error(`the API server did not reach the webhook in ${READY_MS / 1000} s`)
}
