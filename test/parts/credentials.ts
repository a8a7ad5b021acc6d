import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority, issueCertificate, type KeyPair } from '../../src/certs/authority.ts'

/** What a control plane and its administrator know each other by, in files. */
export interface Credentials {
  readonly ca: string
  readonly serverCertificate: string
  readonly serverKey: string
  readonly accountPublicKey: string
  readonly accountKey: string
  readonly kubeconfig: string
  readonly admin: KeyPair & { readonly caPem: string }
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

/** JSON, which is YAML: of a user who shows a certificate. */
export const kubeconfigFor = (url: string, ca: string, user: KeyPair): string =>
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

/** What ServiceAccount tokens are signed with. */
export const makeAccountKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

export const writeCredentials = async (dir: string, url: string): Promise<Credentials> => {
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
