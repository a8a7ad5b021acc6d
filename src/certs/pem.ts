import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** Each certificate of a text, spelled alike whoever wrote it. What is no certificate is left out. */
export const certificatesIn = (pem: string): readonly string[] => {
  const texts = pem.match(CERTIFICATE) ?? []
  return [...new Set(texts.flatMap(spellAlike))]
}

const spellAlike = (text: string): readonly string[] => {
  try {
    return [new X509Certificate(text).toString()]
  } catch {
    return []
  }
}

/** Certificates one after the other, as `caBundle` and `ca.crt` hold them. */
export const bundleOf = (certificates: readonly string[]): string => certificates.join('')

/** Whether a bundle holds each of the certificates. */
export const holdsAll = (bundle: readonly string[], certificates: readonly string[]): boolean =>
  certificates.every(certificate => bundle.includes(certificate))

/** The first DNS name or IP address that a certificate is for; empty when it has none. */
export const nameIn = (certPem: string): string => {
  const { subjectAltName = '' } = new X509Certificate(certPem)
  return /(?:DNS|IP Address):([^,]+)/.exec(subjectAltName)?.[1] ?? ''
}

/** Whether a certificate is for a DNS name or IP address. */
export const isFor = (certPem: string, name: string): boolean => {
  const certificate = new X509Certificate(certPem)
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined
}
