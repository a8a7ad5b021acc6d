import { createAuthority, issueServing } from './authority.ts'
import type { CertificateSource, ServingCertificate } from './source.ts'

const LIFE_DAYS = 3650

/** A source that always has a certificate. */
export interface GeneratedSource extends CertificateSource {
  readonly current: () => ServingCertificate
}

/** A certificate made now, for `names`: DNS names and IP addresses. It does not change, and nobody keeps its authority. */
export const generatedSource = async (
  names: readonly string[],
  now: Date,
): Promise<GeneratedSource> => {
  const authority = await createAuthority({
    commonName: 'gloo-istio authority',
    days: LIFE_DAYS,
    now,
  })
  const serving = await issueServing(authority, { names, days: LIFE_DAYS, now })
  const certificate = { ...serving, caPem: authority.certPem }
  return {
    current: () => certificate,
    onChange: () => {},
    wanted: () => [certificate.caPem],
    check: async () => {},
    close: () => {},
  }
}
