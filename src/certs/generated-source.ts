import { isIP } from 'node:net'
import { createAuthority, issueCertificate } from './authority.ts'
import type { CertificateSource } from './source.ts'

// Made anew at each start and kept in memory, so the life only has to outlast the process.
const LIFE_DAYS = 3650

/** A certificate made at start, for `names`: DNS names and IP addresses. It does not change. */
export const generatedSource = async (
  names: readonly string[],
  now: Date,
): Promise<CertificateSource> => {
  const authority = await createAuthority({
    commonName: 'gloo-istio authority',
    days: LIFE_DAYS,
    now,
  })
  const serving = await issueCertificate(authority, {
    commonName: 'gloo-istio webhook',
    dnsNames: names.filter(name => isIP(name) === 0),
    ipAddresses: names.filter(name => isIP(name) !== 0),
    usages: ['serverAuth'],
    days: LIFE_DAYS,
    now,
  })
  const certificate = { ...serving, caPem: authority.certPem }
  return { current: () => certificate, onChange: () => {}, close: () => {} }
}
