import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { get, type RequestOptions } from 'node:https'
import { join, resolve } from 'node:path'
import { createAuthority, issueCertificate, type KeyPair } from '../../src/certs/authority.ts'
import { type Outcome, run } from './command.ts'
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
  readonly stop: () => Promise<void>
}

interface Files {
  readonly ca: string
  readonly serverCertificate: string
  readonly serverKey: string
  readonly accountPublicKey: string
  readonly accountKey: string
  readonly kubeconfig: string
  readonly admin: KeyPair & { readonly caPem: string }
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

const kubeconfigFor = (url: string, ca: string, user: KeyPair): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: url, 'certificate-authority-data': base64(ca) } },
    ],
    users: [
      {
        name: 'admin',
        user: {
          'client-certificate-data': base64(user.certPem),
          'client-key-data': base64(user.keyPem),
        },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  })

/** The certificates of one test, good for a day. */
const issueAll = async () => {
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'control plane of a test', ...life })
  const [server, admin] = await Promise.all([
    issueCertificate(authority, {
      commonName: 'kube-apiserver',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      usages: ['serverAuth'],
      ...life,
    }),
    // Kubernetes takes the organization of a client for its group.
    issueCertificate(authority, {
      commonName: 'admin',
      organization: 'system:masters',
      usages: ['clientAuth'],
      ...life,
    }),
  ])
  return { caPem: authority.certPem, server, admin }
}

const makeAccountKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

const writeFiles = async (dir: string, url: string): Promise<Files> => {
  const keep = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content, { mode: 0o600 })
    return join(dir, name)
  }
  const { caPem, server, admin } = await issueAll()
  const account = makeAccountKeys()
  return {
    ca: keep('ca.pem', caPem),
    serverCertificate: keep('apiserver.pem', server.certPem),
    serverKey: keep('apiserver.key', server.keyPem),
    accountPublicKey: keep('service-account.pem', account.publicKey),
    accountKey: keep('service-account.key', account.privateKey),
    kubeconfig: keep('kubeconfig', kubeconfigFor(url, caPem, admin)),
    admin: { ...admin, caPem },
  }
}

/** No fsync: the data of a test need not outlive the machine. */
const startEtcd = async (dir: string, url: string): Promise<Running> => {
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

/** Nothing else joins this cluster, so there are no endpoints to keep and no address but this. */
const apiserverArgs = (files: Files, port: string, etcdUrl: string): string[] => [
  `--etcd-servers=${etcdUrl}`,
  `--secure-port=${port}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  '--endpoint-reconciler-type=none',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--authorization-mode=RBAC',
  `--tls-cert-file=${files.serverCertificate}`,
  `--tls-private-key-file=${files.serverKey}`,
  `--client-ca-file=${files.ca}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${files.accountPublicKey}`,
  `--service-account-signing-key-file=${files.accountKey}`,
]

const answers = (url: string, { admin }: Files): Promise<boolean> => {
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
const isReady = async (url: string, files: Files): Promise<boolean> =>
  (await answers(`${url}/readyz`, files)) &&
  (await answers(`${url}/api/v1/namespaces/default`, files))

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
  const files = await writeFiles(dir, url)
  const etcd = await startEtcd(dir, etcdUrl)
  const apiserver = await start({
    name: 'kube-apiserver',
    file: requirePart('kubernetes').kubeApiserver,
    args: [...apiserverArgs(files, port, etcdUrl), ...(options.extraArgs ?? [])],
    log: join(dir, 'kube-apiserver.log'),
  })
  const stop = async (): Promise<void> => {
    await apiserver.stop()
    await etcd.stop()
  }
  try {
    await waitUntilReady([etcd, apiserver], () => isReady(url, files))
  } catch (error) {
    await stop()
    throw error
  }
  const { kubeconfig, ca: caFile } = files
  return { url, kubeconfig, caFile, kubectl: (...args) => kubectlIn(dir, kubeconfig, args), stop }
}
