import type { Server } from 'node:https'

export interface KeyPair {
  readonly certPem: string
  readonly keyPem: string
}

/** Every API server since Kubernetes 1.13 speaks TLS 1.2. */
const MIN_VERSION = 'TLSv1.2'

export const tlsOptions = ({ certPem, keyPem }: KeyPair) =>
  ({
    cert: certPem,
    key: keyPem,
    minVersion: MIN_VERSION,
  }) as const

/** New connections get the new certificate; those that are open stay open. */
export const replaceCertificate = (server: Server, pair: KeyPair): void =>
  server.setSecureContext(tlsOptions(pair))
