import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MeshAuthority } from '../../certs/mesh.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { startIstiod } from '../parts/istiod.ts'
import { certificateSecret } from '../stand-ins/citadel.ts'
import { startNodeAgent } from '../stand-ins/node-agent.ts'
import { must } from './stage.ts'

export interface IssuerOptions {
  readonly controlPlane: ControlPlane
  readonly mesh: MeshAuthority
  readonly dir: string
  /** Where the paths of the node are. */
  readonly nodeRoot: string
  readonly namespace: string
  readonly serviceAccount: string
}

/** Who gives the gateway its certificates. */
export interface Issuer {
  readonly about: string
  /** What gloo-istio must be told of the mesh because of it. */
  readonly values: Readonly<Record<string, unknown>>
  /** Undefined for one that renews by the clock. */
  readonly rotate?: () => Promise<void>
  readonly stop: () => unknown
}

const citadel = async (options: IssuerOptions): Promise<Issuer> => {
  const { controlPlane, mesh, dir, namespace, serviceAccount } = options
  const rotate = async () => {
    const file = join(dir, 'secret.json')
    const secret = await certificateSecret(mesh, namespace, serviceAccount)
    writeFileSync(file, JSON.stringify(secret), { mode: 0o600 })
    await must(controlPlane, 'apply', '-f', file)
  }
  await rotate()
  const about = `Secret ${namespace}/istio.${serviceAccount} as Citadel (stand-in) writes it`
  return { about, values: {}, rotate, stop: () => {} }
}

const nodeAgent = async ({ mesh, nodeRoot }: IssuerOptions): Promise<Issuer> => {
  const path = '/var/run/sds/uds_path'
  const socket = join(nodeRoot, path)
  const header = 'istio_sds_credentials_header-bin'
  const agent = await startNodeAgent({ mesh, socket, header, audience: 'istio-ca' })
  const about = `Istio’s agent of the node (stand-in) issues certificates at ${path} of the node`
  return { about, values: {}, rotate: agent.rotate, stop: agent.stop }
}

const istiod = async ({ controlPlane, dir, mesh }: IssuerOptions): Promise<Issuer> => {
  const istiod = await startIstiod({ controlPlane, dir: join(dir, 'istiod'), authority: mesh.root })
  const { discoveryAddress, stop } = istiod
  return {
    about: `istiod issues certificates at ${discoveryAddress}`,
    values: { discoveryAddress },
    stop,
  }
}

export const issuers = { citadel, 'node-agent': nodeAgent, istiod }
