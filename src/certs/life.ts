import { X509Certificate } from 'node:crypto'

/** Clocks of nodes differ; a certificate is good a little before it was made. */
export const CLOCK_SKEW_MS = 5 * 60_000

/** From when to when a certificate is good, in milliseconds since 1970. */
export interface Life {
  /** When it was made; it is good a little earlier already. */
  readonly made: number
  readonly end: number
}

/** Throws for what is no certificate. */
export const lifeOf = (certPem: string): Life => {
  const { validFromDate, validToDate } = new X509Certificate(certPem)
  return { made: validFromDate.getTime() + CLOCK_SKEW_MS, end: validToDate.getTime() }
}

/**
 * Whether two thirds of the life are over: the last third is for whatever may keep us from renewing;
 * cert-manager@2d0d7f7f:pkg/server/tls/authority/authority.go does the same.
 */
export const isDue = ({ made, end }: Life, now: number): boolean =>
  now >= made + ((end - made) * 2) / 3

/** Whether it is good now. Nothing is good yet where the clock of its maker is ahead by more than the skew. */
export const isGood = ({ made, end }: Life, now: number): boolean =>
  now >= made - CLOCK_SKEW_MS && now < end
