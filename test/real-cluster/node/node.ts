import { run } from '../../parts/command.ts'
import { requirePart } from '../../parts/parts.ts'
import { waitUntilReady } from '../../parts/processes.ts'
import { loadImage, startContainerd } from './containerd.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { NODE_NAME, writeCredentials } from './credentials.ts'
import { startKubelet } from './kubelet.ts'
import { startMachine } from './machine.ts'
import { buildPause } from './pause.ts'

export interface NodeOptions {
  /** The binaries of the part `node`. */
  readonly programs: {
    readonly kubeControllerManager: string
    readonly kubeScheduler: string
    readonly kubelet: string
    readonly kubeProxy: string
    readonly pause: string
  }
  /** Where keys, data and logs go. */
  readonly dir: string
  readonly progress: (text: string) => void
}

/** A cluster of one node. */
export interface Node {
  /** Of an administrator; good on this machine, and in the node's. */
  readonly kubeconfig: string
  /** Where keys, data and logs are. */
  readonly dir: string
  /** This machine, as pods see it. */
  readonly host: string
  readonly controlPlane: ControlPlane
  readonly loadImage: (archive: string) => Promise<void>
}

const API_PORT = 6443

/** On a machine with much else to do. */
const READY_MS = 180_000

const isNodeReady = async (kubeconfig: string): Promise<boolean> => {
  const asked = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
  const { stdout } = await run({
    file: requirePart('kubectl').kubectl,
    args: ['--kubeconfig', kubeconfig, 'get', 'node', NODE_NAME, '-o', asked],
  })
  return stdout === 'True'
}

/** Brings up a cluster of one node, in a machine of its own, that ends with this process. Needs root. */
export const startNode = async ({ programs, dir, progress }: NodeOptions): Promise<Node> => {
  const pause = buildPause(dir, programs.pause)
  const machine = await startMachine(dir, programs.pause)
  const url = `https://${machine.address}:${API_PORT}`
  const credentials = await writeCredentials(dir, url, machine)
  progress(`a machine of its own at ${machine.address}, with its logs in ${dir}`)
  const [controlPlane, containerd] = await Promise.all([
    startControlPlane({ machine, dir, url, credentials, programs }),
    startContainerd(machine, dir),
  ])
  progress('API server, controllers, scheduler and containerd run')
  await loadImage(dir, await pause)
  const running = await startKubelet({ machine, dir, credentials, programs })
  const kubeconfig = credentials.kubeconfigs.admin
  await waitUntilReady([containerd, ...running], () => isNodeReady(kubeconfig), READY_MS)
  progress('the node is ready')
  const { host } = machine
  return { kubeconfig, dir, host, controlPlane, loadImage: archive => loadImage(dir, archive) }
}
