import { mkdirSync } from 'node:fs'
import { get, type RequestOptions } from 'node:https'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Outcome, run } from './command.ts'
import { type Credentials, writeCredentials } from './credentials.ts'
import { requirePart } from './parts.ts'
import { freePort } from './ports.ts'
import { type Running, start, waitUntilReady } from './processes.ts'

export interface ControlPlaneOptions {
  /** Where keys, data and logs go; made when it is not there. */
  readonly dir: string
  /** More arguments for kube-apiserver. */
  readonly extraArgs?: readonly string[]
}

export interface ControlPlane {
  readonly url: string
  /** The path of a kubeconfig of a cluster administrator. */
  readonly kubeconfig: string
  readonly caFile: string
  readonly kubectl: (...args: string[]) => Promise<Outcome>
  /** Kills kube-apiserver as it stands. */
  readonly halt: () => Promise<void>
  /** Starts it anew: same address, same data. */
  readonly resume: () => Promise<void>
  /** The one, then the other. */
  readonly restart: () => Promise<void>
  /** Kills etcd as well, and starts both. */
  readonly restartAll: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The first pause of a kubelet (kubernetes@v1.37.2:pkg/kubelet/kubelet.go). Milliseconds. */
const RESTART_MS = 10_000

/** No fsync: the data of a test need not outlive the machine. */
const startEtcd = async (dir: string, url: string): Promise<Running> => {
  // Of no use to one that is alone; where its data are, it goes by those.
  const peer = `http://127.0.0.1:${await freePort()}`
  const args = [
    '--name=test',
    `--data-dir=${join(dir, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
  ]
  const { etcd } = requirePart('kubernetes')
  return start({ name: 'etcd', file: etcd, args, log: join(dir, 'etcd.log') })
}

/** What an API server shows, and whom it believes. */
export const identityArgs = (
  credentials: Omit<Credentials, 'admin' | 'kubeconfig'>,
): readonly string[] => [
  `--tls-cert-file=${credentials.serverCertificate}`,
  `--tls-private-key-file=${credentials.serverKey}`,
  `--client-ca-file=${credentials.ca}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${credentials.accountPublicKey}`,
  `--service-account-signing-key-file=${credentials.accountKey}`,
]

/** Nothing else joins this cluster, so there are no endpoints to keep and no address but this. */
const apiserverArgs = (credentials: Credentials, port: string, etcdUrl: string): string[] => [
  `--etcd-servers=${etcdUrl}`,
  `--secure-port=${port}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  '--endpoint-reconciler-type=none',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--authorization-mode=RBAC',
  ...identityArgs(credentials),
]

/** Whether a URL of the API server answers 200 to its administrator. */
export const answers = (url: string, { admin }: Pick<Credentials, 'admin'>): Promise<boolean> => {
  const options: RequestOptions = { ca: admin.caPem, cert: admin.certPem, key: admin.keyPem }
  return new Promise(resolve => {
    get(url, { ...options, agent: false, timeout: 5_000 }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
      .once('timeout', () => resolve(false))
      .once('error', () => resolve(false))
  })
}

/** Ready, and with the namespace that it makes for itself a moment after it says so. */
const isReady = async (url: string, credentials: Credentials): Promise<boolean> =>
  (await answers(`${url}/readyz`, credentials)) &&
  (await answers(`${url}/api/v1/namespaces/default`, credentials))

const kubectlIn = (dir: string, kubeconfig: string, args: readonly string[]): Promise<Outcome> => {
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(dir, 'kube-cache') }
  return run({ file: requirePart('kubectl').kubectl, args, env })
}

/** etcd and kube-apiserver on 127.0.0.1, with an authority of their own; nothing runs pods. */
export const startControlPlane = async (options: ControlPlaneOptions): Promise<ControlPlane> => {
  const dir = resolve(options.dir)
  mkdirSync(dir, { recursive: true })
  const port = String(await freePort())
  const url = `https://127.0.0.1:${port}`
  const etcdUrl = `http://127.0.0.1:${await freePort()}`
  const credentials = await writeCredentials(dir, url)
  let etcd = await startEtcd(dir, etcdUrl)
  const startApiserver = () =>
    start({
      name: 'kube-apiserver',
      file: requirePart('kubernetes').kubeApiserver,
      args: [...apiserverArgs(credentials, port, etcdUrl), ...(options.extraArgs ?? [])],
      log: join(dir, 'kube-apiserver.log'),
    })
  let apiserver = await startApiserver()
  const untilReady = () => waitUntilReady([etcd, apiserver], () => isReady(url, credentials))
  const halt = async (): Promise<void> => {
    process.kill(-apiserver.pid, 'SIGKILL')
    await apiserver.stop()
  }
  const begin = async (): Promise<void> => {
    apiserver = await startApiserver()
    await untilReady()
  }
  /** As a kubelet does, after a moment, with what ends before it is ready. */
  const beginAgain = async (error: unknown): Promise<void> => {
    if (!apiserver.hasExited()) throw error
    console.error(`${String(error)}\nIt is started once more.`)
    await sleep(RESTART_MS)
    await begin()
  }
  const resume = (): Promise<void> => begin().catch(beginAgain)
  const restart = async (): Promise<void> => {
    await halt()
    await resume()
  }
  const restartAll = async (): Promise<void> => {
    await halt()
    process.kill(-etcd.pid, 'SIGKILL')
    await etcd.stop()
    etcd = await startEtcd(dir, etcdUrl)
    await resume()
  }
  const stop = async (): Promise<void> => {
    await apiserver.stop()
    await etcd.stop()
  }
  try {
    await untilReady()
  } catch (error) {
    await stop()
    throw error
  }
  const { kubeconfig, ca: caFile } = credentials
  return {
    url,
    kubeconfig,
    caFile,
    kubectl: (...args) => kubectlIn(dir, kubeconfig, args),
    halt,
    resume,
    restart,
    restartAll,
    stop,
  }
}
