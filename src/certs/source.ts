import type { KeyPair } from './authority.ts'

/** What the server shows, and what the API server must trust to believe it. */
export interface ServingCertificate extends KeyPair {
  readonly caPem: string
}

/** Something that yields the serving certificate now, and tells when there is another. */
export interface CertificateSource {
  /** undefined until there is one. */
  readonly current: () => ServingCertificate | undefined
  /** Calls `listener` with each new certificate. */
  readonly onChange: (listener: (certificate: ServingCertificate) => void) => void
  /**
   * The bundle that the API server should trust, given the one it trusts now; undefined until it is known.
   */
  readonly wanted: (published: readonly string[]) => readonly string[] | undefined
  /** Looks whether anything is to be done; failures are told elsewhere. */
  readonly check: () => Promise<void>
  /** Stops looking for changes. */
  readonly close: () => void
}
