import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createAuthority,
  issueCertificate,
  type KeyPair,
  type LeafOptions,
} from '../../../src/certs/authority.ts'
import { kubeconfigFor, makeAccountKeys } from '../../parts/credentials.ts'
import type { Addresses } from './addresses.ts'

/** Whom the programs of a cluster are, by the names that Kubernetes gives rights to. */
const USERS = {
  admin: { commonName: 'admin', organization: 'system:masters' },
  kubelet: { commonName: 'system:node:gloo-istio', organization: 'system:nodes' },
  controllerManager: { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
  proxy: { commonName: 'system:kube-proxy' },
}

export const NODE_NAME = 'gloo-istio'

const API_NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost']

/** Writes what the programs of a cluster know each other by, good for a day; paths by name. */
export const writeCredentials = async (
  dir: string,
  url: string,
  { address, apiService }: Addresses,
) => {
  const life = { days: 1, now: new Date() }
  const keep = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content, { mode: 0o600 })
    return join(dir, name)
  }
  const authority = await createAuthority({ commonName: 'a test cluster', ...life })
  const issue = (options: Omit<LeafOptions, 'days' | 'now'>) =>
    issueCertificate(authority, { ...life, ...options })
  const server = await issue({
    commonName: 'kube-apiserver',
    dnsNames: API_NAMES,
    ipAddresses: [address, apiService, '127.0.0.1'],
    usages: ['serverAuth'],
  })
  const kubeconfigs: Record<string, string> = {}
  const users: Record<string, KeyPair> = {}
  for (const [name, user] of Object.entries(USERS)) {
    users[name] = await issue({ ...user, usages: ['clientAuth'] })
    kubeconfigs[name] = keep(
      `${name}.kubeconfig`,
      kubeconfigFor(url, authority.certPem, users[name]),
    )
  }
  const account = makeAccountKeys()
  return {
    ca: keep('ca.pem', authority.certPem),
    admin: { ...(users['admin'] as KeyPair), caPem: authority.certPem },
    serverCertificate: keep('apiserver.pem', server.certPem),
    serverKey: keep('apiserver.key', server.keyPem),
    adminCertificate: keep('admin.pem', (users['admin'] as KeyPair).certPem),
    adminKey: keep('admin.key', (users['admin'] as KeyPair).keyPem),
    accountPublicKey: keep('service-account.pem', account.publicKey),
    accountKey: keep('service-account.key', account.privateKey),
    kubeconfigs: kubeconfigs as Record<keyof typeof USERS, string>,
  }
}

export type ClusterCredentials = Awaited<ReturnType<typeof writeCredentials>>
