import { breakOf, brokenLink, type Link, okLink } from './verify-breaks.ts'
import { type Source, sourceText } from './verify-tls.ts'

/** A certificate, as far as Envoy tells of it. */
export interface CertificateSeen {
  /** Its subject alternative names. */
  readonly names: readonly string[]
  /** Empty where Envoy does not tell. */
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly from: Moment
  readonly until: Moment
}

/** A moment, for reckoning and for reading. */
export interface Moment {
  readonly milliseconds: number
  /** RFC 3339. */
  readonly text: string
}

/** What Envoy holds, of what its cluster asks for. */
export interface MaterialSeen {
  /** Undefined: it has none. */
  readonly certificate: CertificateSeen | undefined
  readonly authorities: readonly CertificateSeen[]
  /** Whether one of the authorities signed it; undefined where Envoy does not tell enough. */
  readonly isTrusted: boolean | undefined
  /** Attempts to ask for certificates that failed, with none that did not. */
  readonly sdsFailures: number
}

/** Whose certificate it is to be, and where it comes from. */
export interface MaterialWanted {
  readonly certificate: Source | undefined
  readonly authorities: Source | undefined
  /** SPIFFE name of the proxy; undefined where the certificate is none of the mesh's. */
  readonly identity: string | undefined
  readonly pod: { readonly namespace: string; readonly name: string }
  /** Milliseconds. */
  readonly now: number
}

/** Whether Envoy has the certificate of the proxy, and it holds. */
export const certificateLink = (wanted: MaterialWanted, seen: MaterialSeen): Link => {
  const { certificate } = seen
  if (certificate === undefined) return missing(wanted, seen)
  const { now, identity } = wanted
  const { from, until, names } = certificate
  const text = certificateText(certificate, now)
  if (until.milliseconds <= now) {
    const values = { until: until.text, ago: durationText(now - until.milliseconds) }
    return brokenLink(breakOf('CertificateExpired', values), text)
  }
  if (from.milliseconds > now)
    return brokenLink(breakOf('CertificateNotYetValid', { from: from.text }), text)
  if (identity === undefined || names.includes(identity)) return okLink('certificate', text)
  const values = { seen: names.join(', ') || 'nobody', wanted: identity }
  return brokenLink(breakOf('WrongIdentity', values), text)
}

const missing = ({ certificate, identity, pod }: MaterialWanted, seen: MaterialSeen): Link => {
  const source = sourceText(certificate)
  const failures = seen.sdsFailures
  if (certificate?.by === 'sds' && failures > 0) {
    const values = { server: certificate.server, failures, pod: pod.name, namespace: pod.namespace }
    return brokenLink(
      breakOf('SdsUnreachable', values),
      `none: ${certificate.server} does not answer`,
    )
  }
  const values = { source, identity: identity ?? 'it' }
  return brokenLink(breakOf('CertificateMissing', values), `none yet of ${source}`)
}

/** Whether what Envoy trusts is there, holds, and has signed its own certificate. */
export const trustLink = (wanted: MaterialWanted, seen: MaterialSeen): Link => {
  const { authorities, certificate, isTrusted } = seen
  if (wanted.authorities === undefined) return okLink('trust', 'whatever the workload shows')
  const source = sourceText(wanted.authorities)
  if (authorities.length === 0)
    return brokenLink(breakOf('TrustMissing', { source }), `none yet of ${source}`)
  const known = authorities.map(authorityText).join(', ')
  const text = `${known} (${authorities.length === 1 ? 'one authority' : `${authorities.length} authorities`})`
  const last = lastOf(authorities)
  if (last.milliseconds <= wanted.now)
    return brokenLink(breakOf('AuthorityExpired', { until: last.text }), text)
  if (isTrusted !== false) return okLink('trust', text)
  const values = { issuer: certificate?.issuer || 'another', authorities: known }
  return brokenLink(breakOf('CaMismatch', values), text)
}

const lastOf = (authorities: readonly CertificateSeen[]): Moment =>
  authorities
    .map(({ until }) => until)
    .reduce((last, until) => (until.milliseconds > last.milliseconds ? until : last))

/** Names alone do not tell authorities apart: every root of Istio's own is called alike. */
const authorityText = ({ subject, serial }: CertificateSeen): string =>
  `${subject || 'authority'} #${serial.slice(0, 8)}`

/** What tells one set of authorities from another. */
export const trustOf = (seen: MaterialSeen): string =>
  [...new Set(seen.authorities.map(authorityText))].toSorted().join(', ')

const certificateText = ({ names, until, serial }: CertificateSeen, now: number): string => {
  const left = until.milliseconds - now
  const life = left > 0 ? `${durationText(left)} left` : 'run out'
  return `${names.join(', ') || 'no name'} #${serial.slice(0, 8)}, until ${until.text} (${life})`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `89 days`: in the largest unit, rounded down. */
export const durationText = (milliseconds: number): string => {
  const [unit, length] = UNITS.find(([, found]) => milliseconds >= found) ?? ['second', 1000]
  const count = Math.floor(milliseconds / length)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
