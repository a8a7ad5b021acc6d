import type { KeyPair } from './authority.ts'

/** What the server shows, and what the API server must trust to believe it. */
export interface ServingCertificate extends KeyPair {
  readonly caPem: string
}

/** Something that yields the serving certificate now, and tells when there is another. */
export interface CertificateSource {
  readonly current: () => ServingCertificate
  /** Calls `listener` with each new certificate. */
  readonly onChange: (listener: (certificate: ServingCertificate) => void) => void
  /** Stops looking for changes. */
  readonly close: () => void
}
