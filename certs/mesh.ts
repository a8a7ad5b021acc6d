import { createAuthority, issueCertificate, type KeyPair } from '../src/certs/authority.ts'

const ROOT_DAYS = 365
const WORKLOAD_DAYS = 90

/** An authority that issues certificates as Istio's does: a SPIFFE name each, for both ends. */
export interface MeshAuthority {
  readonly rootPem: string
  /** What it signs with, for an Istio that is to sign with the same. */
  readonly root: KeyPair
  readonly trustDomain: string
  readonly issue: (namespace: string, serviceAccount: string) => Promise<KeyPair>
}

export const spiffeName = (trustDomain: string, namespace: string, serviceAccount: string) =>
  `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`

export const createMeshAuthority = async (
  trustDomain: string,
  now: Date,
): Promise<MeshAuthority> => {
  const organization = trustDomain
  const root = await createAuthority({
    organization,
    commonName: 'Istio-like root',
    days: ROOT_DAYS,
    now,
  })
  return {
    rootPem: root.certPem,
    root,
    trustDomain,
    issue: (namespace, serviceAccount) =>
      issueCertificate(root, {
        organization,
        commonName: `${serviceAccount}.${namespace}`,
        uris: [spiffeName(trustDomain, namespace, serviceAccount)],
        usages: ['serverAuth', 'clientAuth'],
        days: WORKLOAD_DAYS,
        now,
      }),
  }
}
