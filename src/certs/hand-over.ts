import { isGood, lifeOf } from './life.ts'
import { certificatesIn, holdsAll } from './pem.ts'
import type { ServingCertificate } from './source.ts'

export interface HandOverOptions {
  /** What the API server trusts, as read back; undefined when nobody publishes it. */
  readonly published: () => readonly string[] | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Hears which certificate to serve from now on. */
  readonly onServe: (certificate: ServingCertificate) => void
}

/** Serves a certificate only once the API server trusts who signed it, as long as the one before is any good. */
export class HandOver {
  readonly #options: HandOverOptions
  #serving: ServingCertificate | undefined
  #waiting: ServingCertificate | undefined

  constructor(options: HandOverOptions) {
    this.#options = options
  }

  /** The certificate that is served; undefined before the first. */
  get serving(): ServingCertificate | undefined {
    return this.#serving
  }

  /** Takes a new certificate, for now or for later. */
  offer(certificate: ServingCertificate): void {
    this.#waiting = certificate
    this.check()
  }

  /** Looks whether the one that waits may be served now. */
  check(): void {
    const next = this.#waiting
    if (next === undefined || (!this.#isTrusted(next) && this.#isAnyGood())) return
    this.#waiting = undefined
    this.#serving = next
    this.#options.onServe(next)
  }

  #isTrusted({ caPem }: ServingCertificate): boolean {
    const published = this.#options.published()
    return published === undefined || holdsAll(published, certificatesIn(caPem))
  }

  #isAnyGood(): boolean {
    const serving = this.#serving
    return (
      serving !== undefined &&
      this.#isTrusted(serving) &&
      isGood(lifeOf(serving.certPem), this.#options.now())
    )
  }
}
