import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyPair } from './authority.ts'
import { isGood, lifeOf } from './life.ts'
import { bundleOf, certificatesIn } from './pem.ts'

/** The authority that all replicas share, at any point of its rotation. */
export interface AuthorityRecord {
  /** Signs serving certificates. */
  readonly current: KeyPair
  /** Is trusted already, and will sign once every API server knows it. */
  readonly next: KeyPair | undefined
  /** Signed before: certificates of theirs may still be served. */
  readonly former: readonly string[]
  /** When `current` became it, in milliseconds since 1970. */
  readonly switchedAt: number
}

/** Keys of the Secret; each value is text. */
export type AuthorityData = Readonly<Record<string, string>>

export const CURRENT_CERT = 'tls.crt'
export const CURRENT_KEY = 'tls.key'
const NEXT_CERT = 'next.crt'
const NEXT_KEY = 'next.key'
const FORMER = 'former.crt'
const SWITCHED_AT = 'switched-at'
/** For people and other programs; we make it from the others. */
export const BUNDLE = 'ca.crt'

/** What was read: a record that can be worked with, or what is wrong and what can be saved of it. */
export type ReadAuthority =
  | { readonly record: AuthorityRecord; readonly problem?: undefined }
  | { readonly problem: string; readonly saved: readonly string[] }

/** Every certificate that the API server has to trust. */
export const trustedBy = ({ current, next, former }: AuthorityRecord): readonly string[] => [
  current.certPem,
  ...(next ? [next.certPem] : []),
  ...former,
]

/** What is no good now is left out; without an authority that can sign there is no record. */
export const readAuthority = (data: AuthorityData, now: number): ReadAuthority => {
  const current = readPair(data, CURRENT_CERT, CURRENT_KEY, now)
  const former = goodOnes(data[FORMER] ?? '', now)
  if (typeof current === 'string')
    return { problem: current, saved: [...goodOnes(data[CURRENT_CERT] ?? '', now), ...former] }
  const next = NEXT_CERT in data ? readPair(data, NEXT_CERT, NEXT_KEY, now) : undefined
  const record = {
    current,
    next: typeof next === 'string' ? undefined : next,
    former: former.filter(certificate => certificate !== current.certPem),
    switchedAt: Date.parse(data[SWITCHED_AT] ?? '') || lifeOf(current.certPem).made,
  }
  return { record }
}

export const writeAuthority = (record: AuthorityRecord): AuthorityData => ({
  [CURRENT_CERT]: record.current.certPem,
  [CURRENT_KEY]: record.current.keyPem,
  ...(record.next && { [NEXT_CERT]: record.next.certPem, [NEXT_KEY]: record.next.keyPem }),
  ...(record.former.length > 0 && { [FORMER]: bundleOf(record.former) }),
  [SWITCHED_AT]: new Date(record.switchedAt).toISOString(),
  [BUNDLE]: bundleOf(trustedBy(record)),
})

/** Keys of ours, whether or not they hold anything; others of the Secret are somebody else's. */
export const AUTHORITY_KEYS: readonly string[] = [
  CURRENT_CERT,
  CURRENT_KEY,
  NEXT_CERT,
  NEXT_KEY,
  FORMER,
  SWITCHED_AT,
  BUNDLE,
]

const goodOnes = (pem: string, now: number) =>
  certificatesIn(pem).filter(certificate => isGood(lifeOf(certificate), now))

/** The pair, or what is wrong with it. */
const readPair = (
  data: AuthorityData,
  certName: string,
  keyName: string,
  now: number,
): KeyPair | string => {
  const [certPem] = certificatesIn(data[certName] ?? '')
  const keyPem = data[keyName] ?? ''
  if (certPem === undefined) return `${certName} holds no certificate`
  const certificate = new X509Certificate(certPem)
  if (!certificate.ca) return `${certName} is not the certificate of an authority`
  if (!isGood(lifeOf(certPem), now)) return `${certName} is not valid now`
  return isKeyOf(certificate, keyPem) ? { certPem, keyPem } : `${keyName} is not its key`
}

const isKeyOf = (certificate: X509Certificate, keyPem: string): boolean => {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyPem))
  } catch {
    return false
  }
}
