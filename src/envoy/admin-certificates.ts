import { X509Certificate } from 'node:crypto'
import { field, items, textAt, textOf } from '../core/json.ts'
import type { CertificateSeen, Moment } from '../core/verify-certificate.ts'

const BEGIN = '-----BEGIN CERTIFICATE-----'
/** A chain or a bundle holds a few. */
const MOST = 200

/** The certificates in a text of PEM; what cannot be read is left out. */
export const certificatesIn = (pem: string): readonly X509Certificate[] =>
  pem
    .split(BEGIN)
    .slice(1, MOST + 1)
    .flatMap(part => {
      try {
        return [new X509Certificate(BEGIN + part)]
      } catch {
        return []
      }
    })

/** The bytes that a secret or a cluster holds: in base64, or as they are; a file is not shown. */
export const pemOf = (source: unknown): string => {
  const bytes = textAt(source, 'inline_bytes')
  return bytes === '' ? textAt(source, 'inline_string') : Buffer.from(bytes, 'base64').toString()
}

export const seenOf = (certificate: X509Certificate): CertificateSeen => ({
  names: namesOf(certificate.subjectAltName),
  subject: oneLine(certificate.subject),
  issuer: oneLine(certificate.issuer),
  serial: certificate.serialNumber.toLowerCase(),
  from: momentOf(certificate.validFrom),
  until: momentOf(certificate.validTo),
})

/** `URI:spiffe://…, DNS:…`, where a name with a comma is quoted. */
const namesOf = (subjectAltName: string | undefined): readonly string[] =>
  (subjectAltName ?? '')
    .split(', ')
    .filter(name => name !== '')
    .map(name => name.replace(/^(URI|DNS|IP Address):/, ''))

/** A certificate without a subject has none in Node either, whatever its types say. */
const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ')

const momentOf = (time: string): Moment => {
  const milliseconds = Date.parse(time)
  const text = Number.isNaN(milliseconds) ? time : new Date(milliseconds).toISOString()
  return { milliseconds, text: text.replace(/\.\d+Z$/, 'Z') }
}

/** Whether a chain, its own certificate first, leads to one of the authorities. */
export const leadsTo = (
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean => {
  const [own, ...rest] = chain
  if (own === undefined) return false
  const isSignedBy = (authority: X509Certificate) =>
    own.checkIssued(authority) && own.verify(authority.publicKey)
  if (authorities.some(isSignedBy)) return true
  const next = rest.find(isSignedBy)
  return next !== undefined && leadsTo([next, ...rest.filter(other => other !== next)], authorities)
}

/** What `/certs` tells of the certificates of a file: of the chain, or of the authorities. */
export const certificatesOfFile = (
  answer: unknown,
  list: 'cert_chain' | 'ca_cert',
  path: string,
): readonly CertificateSeen[] =>
  items(field(answer, 'certificates'))
    .flatMap(context => items(field(context, list)))
    .filter(certificate => textAt(certificate, 'path') === path)
    .map(certificate => ({
      names: items(field(certificate, 'subject_alt_names')).flatMap(
        name => textOf(field(name, 'uri')) ?? textOf(field(name, 'dns')) ?? [],
      ),
      subject: '',
      issuer: '',
      serial: textAt(certificate, 'serial_number').toLowerCase(),
      from: momentOf(textAt(certificate, 'valid_from')),
      until: momentOf(textAt(certificate, 'expiration_time')),
    }))
