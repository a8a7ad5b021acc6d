import { constants, generateKeyPair, privateEncrypt, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { CLOCK_SKEW_MS } from './life.ts'

/** A certificate and its private key, both as PEM. */
export interface KeyPair {
  readonly certPem: string
  readonly keyPem: string
}

export interface CertificateOptions {
  readonly commonName: string
  /** Default: `gloo-istio`. */
  readonly organization?: string
  /** Life in days, or parts of one; a certificate never outlives the authority that signs it. */
  readonly days: number
  readonly now: Date
}

export interface LeafOptions extends CertificateOptions {
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  /** SPIFFE names, for a workload. */
  readonly uris?: readonly string[]
  readonly usages: readonly ('serverAuth' | 'clientAuth')[]
}

const DEFAULT_ORGANIZATION = 'gloo-istio'
const KEY_BITS = 2048
const DAY_MS = 86_400_000

/** Makes an authority that signs leaves and nothing else. */
export const createAuthority = async (options: CertificateOptions): Promise<KeyPair> => {
  const { certificate, keyPem } = await draft(options)
  certificate.setIssuer(certificate.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ])
  return { certPem: sign(certificate, keyPem), keyPem }
}

/** Signs a new certificate, with a key of its own, for the names given. */
export const issueCertificate = async (
  authority: KeyPair,
  options: LeafOptions,
): Promise<KeyPair> => {
  const issuer = forge.pki.certificateFromPem(authority.certPem)
  const { certificate, keyPem } = await draft(options)
  const altNames = altNamesOf(options)
  const { validity } = certificate
  if (validity.notAfter > issuer.validity.notAfter) validity.notAfter = issuer.validity.notAfter
  certificate.setIssuer(issuer.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', ...Object.fromEntries(options.usages.map(usage => [usage, true])) },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes(),
    },
    ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
  ])
  return { certPem: sign(certificate, authority.keyPem), keyPem }
}

export interface ServingOptions extends Pick<CertificateOptions, 'days' | 'now'> {
  /** DNS names and IP addresses. */
  readonly names: readonly string[]
}

/** Signs a new certificate for the webhook to serve with. */
export const issueServing = (
  authority: KeyPair,
  { names, ...life }: ServingOptions,
): Promise<KeyPair> =>
  issueCertificate(authority, {
    commonName: 'gloo-istio webhook',
    dnsNames: names.filter(name => isIP(name) === 0),
    ipAddresses: names.filter(name => isIP(name) !== 0),
    usages: ['serverAuth'],
    ...life,
  })

/** A certificate with key, subject, serial and validity: all that does not depend on who signs. */
const draft = async ({ organization, commonName, days, now }: CertificateOptions) => {
  const keys = await newKeyPair()
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey)
  certificate.serialNumber = randomSerial()
  certificate.validity.notBefore = new Date(now.getTime() - CLOCK_SKEW_MS)
  certificate.validity.notAfter = new Date(now.getTime() + days * DAY_MS)
  certificate.setSubject([
    { name: 'organizationName', value: organization ?? DEFAULT_ORGANIZATION },
    { name: 'commonName', value: commonName },
  ])
  return { certificate, keyPem: keys.privateKey }
}

// OpenSSL makes keys on another thread; node-forge would hold the event loop for a second.
const newKeyPair = () =>
  promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

/** 16 random bytes; RFC 5280 wants a positive number, and the second bit keeps it from being short. */
const randomSerial = () => {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

const URI_TYPE = 6
const DNS_TYPE = 2
const IP_TYPE = 7

const altNamesOf = ({ dnsNames = [], ipAddresses = [], uris = [] }: LeafOptions) => [
  ...dnsNames.map(value => ({ type: DNS_TYPE, value })),
  ...ipAddresses.map(ip => ({ type: IP_TYPE, ip })),
  ...uris.map(value => ({ type: URI_TYPE, value })),
]

const sign = (certificate: forge.pki.Certificate, keyPem: string): string => {
  certificate.sign(signerOf(keyPem), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n')
}

/** What stands before a SHA-256 digest in a signature: RFC 8017, section 9.2, note 1. */
const SHA256_PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** A key that signs by OpenSSL: node-forge would hold the event loop for some 20 ms. */
const signerOf = (keyPem: string): forge.pki.rsa.PrivateKey =>
  Object.assign(forge.pki.privateKeyFromPem(keyPem), {
    sign: (digest: forge.md.MessageDigest) => {
      const hash = Buffer.from(digest.digest().getBytes(), 'binary')
      const signed = Buffer.concat([SHA256_PREFIX, hash])
      const key = { key: keyPem, padding: constants.RSA_PKCS1_PADDING }
      return privateEncrypt(key, signed).toString('binary')
    },
  })
