import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClusterCredentials, NODE_NAME } from './credentials.ts'
import type { Machine } from './machine.ts'

export interface KubeletOptions {
  readonly machine: Machine
  readonly dir: string
  readonly credentials: ClusterCredentials
  readonly programs: { readonly kubelet: string; readonly kubeProxy: string }
}

/** A test cluster may fill the disk of its machine further than others; and nothing is killed for memory. */
const EVICTION = { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' }

const kubeletConfiguration = ({ machine, dir, credentials }: KubeletOptions) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: credentials.ca },
  },
  authorization: { mode: 'Webhook' },
  containerRuntimeEndpoint: `unix://${dir}/containerd.sock`,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: machine.cgroup,
  clusterDomain: 'cluster.local',
  failCgroupV1: false,
  failSwapOn: false,
  oomScoreAdj: 0,
  evictionHard: EVICTION,
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  volumePluginDir: join(dir, 'volume-plugins'),
})

const proxyConfiguration = ({ machine, credentials }: KubeletOptions) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  clientConnection: { kubeconfig: credentials.kubeconfigs.proxy },
  hostnameOverride: NODE_NAME,
  mode: 'iptables',
  clusterCIDR: machine.pods,
  // The kernel's table of connections is not the machine's own.
  conntrack: { maxPerCore: 0 },
  oomScoreAdj: 0,
})

/** What runs pods, and what leads Services to them. */
export const startKubelet = async (options: KubeletOptions) => {
  const { machine, dir, credentials, programs } = options
  const write = (name: string, content: unknown): string => {
    writeFileSync(join(dir, `${name}.json`), JSON.stringify(content))
    return join(dir, `${name}.json`)
  }
  const kubelet = [
    `--config=${write('kubelet', kubeletConfiguration(options))}`,
    `--kubeconfig=${credentials.kubeconfigs.kubelet}`,
    `--root-dir=${join(dir, 'kubelet')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${machine.address}`,
  ]
  const proxy = [`--config=${write('kube-proxy', proxyConfiguration(options))}`]
  const begin = (name: string, file: string, args: readonly string[]) =>
    machine.start({ name, file, args, log: join(dir, `${name}.log`) })
  return [
    await begin('kubelet', programs.kubelet, kubelet),
    await begin('kube-proxy', programs.kubeProxy, proxy),
  ]
}
