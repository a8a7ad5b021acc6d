import { join } from 'node:path'
import { answers, identityArgs } from '../../parts/control-plane.ts'
import { requirePart } from '../../parts/parts.ts'
import { type Running, waitUntilReady } from '../../parts/processes.ts'
import type { ClusterCredentials } from './credentials.ts'
import type { Machine } from './machine.ts'

export interface ControlPlaneOptions {
  readonly machine: Machine
  /** Where data and logs go. */
  readonly dir: string
  readonly url: string
  readonly credentials: ClusterCredentials
  readonly programs: { readonly kubeControllerManager: string; readonly kubeScheduler: string }
}

export interface ControlPlane {
  /** Kills etcd, API server, controllers and scheduler as they stand. */
  readonly halt: () => Promise<void>
  /** Starts them anew on what etcd has written; returns when the API server is ready. */
  readonly resume: () => Promise<void>
}

const ETCD = 'http://127.0.0.1:2379'

const etcdArgs = (dir: string): readonly string[] => [
  `--data-dir=${join(dir, 'etcd')}`,
  // The data of a test need not outlive the machine; a process that is killed loses none of it.
  '--unsafe-no-fsync',
  `--listen-client-urls=${ETCD}`,
  `--advertise-client-urls=${ETCD}`,
]

const apiServerArgs = ({ machine, url, credentials }: ControlPlaneOptions): readonly string[] => [
  `--etcd-servers=${ETCD}`,
  `--secure-port=${new URL(url).port}`,
  `--bind-address=${machine.address}`,
  `--advertise-address=${machine.address}`,
  `--service-cluster-ip-range=${machine.services}`,
  '--authorization-mode=Node,RBAC',
  '--enable-admission-plugins=NodeRestriction',
  '--allow-privileged=true',
  // No name is resolved on the way to a kubelet.
  '--kubelet-preferred-address-types=InternalIP',
  `--kubelet-client-certificate=${credentials.adminCertificate}`,
  `--kubelet-client-key=${credentials.adminKey}`,
  ...identityArgs(credentials),
]

const controllerArgs = ({ machine, credentials }: ControlPlaneOptions): readonly string[] => [
  `--kubeconfig=${credentials.kubeconfigs.controllerManager}`,
  `--root-ca-file=${credentials.ca}`,
  `--service-account-private-key-file=${credentials.accountKey}`,
  '--use-service-account-credentials',
  `--cluster-cidr=${machine.pods}`,
  '--leader-elect=false',
  '--bind-address=127.0.0.1',
]

const schedulerArgs = ({ credentials }: ControlPlaneOptions): readonly string[] => [
  `--kubeconfig=${credentials.kubeconfigs.scheduler}`,
  '--leader-elect=false',
  '--bind-address=127.0.0.1',
]

/** What rules a cluster, in a machine of its own. */
export const startControlPlane = async (options: ControlPlaneOptions): Promise<ControlPlane> => {
  const { machine, dir, programs } = options
  const begin = (name: string, file: string, args: readonly string[]) =>
    machine.start({ name, file, args, log: join(dir, `${name}.log`) })
  const { etcd, kubeApiserver } = requirePart('kubernetes')
  let running: readonly Running[] = []
  const resume = async (): Promise<void> => {
    running = [
      await begin('etcd', etcd, etcdArgs(dir)),
      await begin('kube-apiserver', kubeApiserver, apiServerArgs(options)),
    ]
    await waitUntilReady(running, () => answers(`${options.url}/readyz`, options.credentials))
    running = [
      ...running,
      await begin('controllers', programs.kubeControllerManager, controllerArgs(options)),
      await begin('scheduler', programs.kubeScheduler, schedulerArgs(options)),
    ]
  }
  const halt = async (): Promise<void> => {
    await Promise.all(running.map(program => program.stop(0)))
  }
  await resume()
  return { halt, resume }
}
