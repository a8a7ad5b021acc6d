import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, runOrThrow } from '../../parts/command.ts'
import { waitUntilReady } from '../../parts/processes.ts'
import type { Machine } from './machine.ts'

/** Where Debian has them. */
export const CNI_FOLDER = '/usr/lib/cni'

/** The image of a pod's first process. */
export const PAUSE_IMAGE = 'localhost/pause:test'

/** Its namespace for what the kubelet runs (containerd@v1.6.20:pkg/cri/constants/constants.go). */
const NAMESPACE = 'k8s.io'

/** What is not allowed on every machine is not asked for: to lower a score of the kernel's that kills processes. */
const configurationOf = (dir: string): string => `version = 2
root = "${dir}/containerd"
state = "${dir}/containerd-state"
[grpc]
  address = "${dir}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${dir}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_FOLDER}"
    conf_dir = "${dir}/cni"
`

const networkOf = ({ pods }: Machine) => ({
  cniVersion: '1.0.0',
  name: 'gloo-istio',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: pods }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})

const ctrOf = (dir: string) => ['--address', `${dir}/containerd.sock`, '--namespace', NAMESPACE]

/** Makes an image known to the node, from an archive in Docker's form. */
export const loadImage = async (dir: string, archive: string): Promise<void> => {
  await runOrThrow({ file: 'ctr', args: [...ctrOf(dir), 'images', 'import', archive] })
}

/** containerd, with all its files in the folder. */
export const startContainerd = async (machine: Machine, dir: string) => {
  const file = join(dir, 'containerd.toml')
  writeFileSync(file, configurationOf(dir))
  mkdirSync(join(dir, 'cni'))
  writeFileSync(join(dir, 'cni', 'gloo-istio.conflist'), JSON.stringify(networkOf(machine)))
  const log = join(dir, 'containerd.log')
  const args = ['--config', file]
  const running = await machine.start({ name: 'containerd', file: 'containerd', args, log })
  const answers = async () =>
    (await run({ file: 'ctr', args: [...ctrOf(dir), 'version'] })).code === 0
  await waitUntilReady([running], answers)
  return running
}
