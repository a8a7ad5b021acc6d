import type { CertificateSeen, CertificatesAt } from './check-evidence.ts'

const DAY_MS = 86_400_000

/** As Linkerd has it: time enough to see to it by hand. */
export const DAYS_MIN = 60

const daysLeft = ({ notAfter }: CertificateSeen, now: number): number =>
  Math.floor((notAfter - now) / DAY_MS)

const isGood = ({ notBefore, notAfter }: CertificateSeen, now: number): boolean =>
  notBefore <= now && now < notAfter

/** Days until the last of the good ones is over; below 0 when none is good. */
export const longestLife = (certificates: readonly CertificateSeen[], now: number): number =>
  Math.max(-1, ...certificates.filter(one => isGood(one, now)).map(one => daysLeft(one, now)))

/** Days until the first of them is over; below 0 when one is. */
export const shortestLife = (certificates: readonly CertificateSeen[], now: number): number =>
  Math.min(...certificates.map(one => (isGood(one, now) ? daysLeft(one, now) : -1)))

/** Whether two thirds of its life are over, as for the process that replaces it: src/certs/life.ts */
export const isDue = ({ notBefore, notAfter }: CertificateSeen, now: number): boolean =>
  now >= notBefore + ((notAfter - notBefore) * 2) / 3

/** Of certificates somewhere: those places where one is over, or soon will be. */
export const dyingIn = (
  places: readonly CertificatesAt[],
  now: number,
  days: number,
): readonly string[] =>
  places
    .filter(({ certificates }) => certificates.length > 0)
    .map(({ place, certificates }) => [place, shortestLife(certificates, now)] as const)
    .filter(([, left]) => left < days)
    .map(([place, left]) => `${place} (${left < 0 ? 'expired' : `${left} days`})`)
