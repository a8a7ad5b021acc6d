import { constants } from 'node:crypto'
import type { Server } from 'node:https'

export interface KeyPair {
  readonly certPem: string
  readonly keyPem: string
}

export const TLS_VERSIONS = ['1.2', '1.3'] as const
export type TlsVersion = (typeof TLS_VERSIONS)[number]

/** What every connection is made from. The pair and the authority of clients may change while serving. */
export interface TlsMaterial {
  /** undefined until there is one; no handshake succeeds before. */
  readonly certificate: KeyPair | undefined
  readonly minVersion: TlsVersion
  /** PEM of the authority of client certificates; undefined asks for none. */
  readonly clientCaPem: string | undefined
}

// All that TLS 1.3 has, and of TLS 1.2 what has forward secrecy and authenticates what it encrypts.
// Every API server since Kubernetes 1.13 speaks them (go@1.11:src/crypto/tls/cipher_suites.go).
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

// A session that was taken up again would skip the check of certificates that have changed since.
const SECURE_OPTIONS = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET

const contextOptions = ({ certificate, minVersion, clientCaPem }: TlsMaterial) =>
  ({
    ...(certificate && { cert: certificate.certPem, key: certificate.keyPem }),
    ...(clientCaPem !== undefined && { ca: clientCaPem }),
    minVersion: `TLSv${minVersion}`,
    ciphers: CIPHERS,
    secureOptions: SECURE_OPTIONS,
  }) as const

/** The options of a new server. */
export const tlsOptions = (material: TlsMaterial) =>
  ({
    ...contextOptions(material),
    // One connection of HTTP/2 would tie the API server to one replica (kubernetes#75791).
    ALPNProtocols: ['http/1.1'],
    requestCert: material.clientCaPem !== undefined,
    // The kubelet has no certificate and may probe all the same; /mutate looks for itself.
    rejectUnauthorized: false,
  }) as const

/** New connections get the new material; those that are open stay open. */
export const replaceMaterial = (server: Server, material: TlsMaterial): void =>
  server.setSecureContext(contextOptions(material))
