import { createAuthority, issueServing, type KeyPair } from './authority.ts'
import {
  type AuthorityRecord,
  readAuthority,
  trustedBy,
  writeAuthority,
} from './authority-record.ts'
import type { AuthorityStore, StoredAuthority } from './authority-store.ts'
import { isDue, isGood, lifeOf } from './life.ts'
import { nextStep, type RotationStep } from './rotation.ts'
import type { CertificateSource, ServingCertificate } from './source.ts'

export interface SharedSourceOptions {
  readonly store: AuthorityStore
  /** DNS names and IP addresses of the serving certificate. */
  readonly names: readonly string[]
  /** Milliseconds. A third of it has to outlast a certificate. */
  readonly authorityLife: number
  /** Milliseconds. */
  readonly certificateLife: number
  /** Milliseconds since 1970, by the clock of who checks certificates. */
  readonly now: () => number
  /** What the API server trusts, as read back; undefined when nobody publishes it. */
  readonly published: () => readonly string[] | undefined
  readonly onRotated: (what: 'authority' | 'serving', how: 'made' | RotationStep) => void
  readonly onError: (error: unknown) => void
}

const DAY_MS = 86_400_000
/** API servers hear of a new bundle within seconds; one that lags has a minute. */
const MAX_SETTLE_MS = 60_000
const settleFor = (certificateLife: number) => Math.min(MAX_SETTLE_MS, certificateLife / 10)

interface Leaf {
  readonly pair: KeyPair
  /** The certificate of the authority that signed it. */
  readonly signer: string
}

/**
 * A serving certificate of our own, signed by the authority that all replicas share. Whichever comes
 * first makes that authority; any replica mends and rotates it, by writes that fail when another was faster.
 */
export class SharedSource implements CertificateSource {
  readonly #options: SharedSourceOptions
  readonly #listeners: ((certificate: ServingCertificate) => void)[] = []
  #record: AuthorityRecord | undefined
  #version: string | undefined
  #leaf: Leaf | undefined
  #round: Promise<void> | undefined

  constructor(options: SharedSourceOptions) {
    this.#options = options
  }

  current(): ServingCertificate | undefined {
    return this.#leaf && { ...this.#leaf.pair, caPem: this.#leaf.signer }
  }

  onChange(listener: (certificate: ServingCertificate) => void): void {
    this.#listeners.push(listener)
  }

  wanted(): readonly string[] | undefined {
    return this.#record && trustedBy(this.#record)
  }

  /** Does what the time and the store ask for; one round at a time, failures are told to onError. */
  check(): Promise<void> {
    this.#round ??= this.#checkOnce()
      .catch(this.#options.onError)
      .finally(() => {
        this.#round = undefined
      })
    return this.#round
  }

  close(): void {
    this.#options.store.close()
  }

  async #checkOnce(): Promise<void> {
    const stored = this.#options.store.stored()
    if (stored === undefined) return
    try {
      await this.#adopt(stored)
    } finally {
      // A store that takes no writes, or cannot be reached, is no reason to let our certificate lapse.
      await this.#renew()
    }
  }

  async #adopt(stored: StoredAuthority): Promise<void> {
    const now = this.#options.now()
    const read = this.#read(stored, now)
    if (read.problem !== undefined) return this.#mend(stored, read.saved, now)
    this.#record = read.record
    this.#version = stored.version
    const kept = this.#keptTrust(read.record, now)
    if (kept) await this.#write(kept, stored)
    else await this.#rotate(read.record, stored, now)
  }

  /** Somebody made an authority without knowing ours: what ours signed must stay trusted while it is served. */
  #keptTrust(record: AuthorityRecord, now: number): AuthorityRecord | undefined {
    const signer = this.#leaf?.signer
    if (!signer || trustedBy(record).includes(signer) || !isGood(lifeOf(signer), now))
      return undefined
    return { ...record, former: [...record.former, signer], switchedAt: now }
  }

  /** What was read of this version stays read, as long as it is good. */
  #read(stored: StoredAuthority, now: number) {
    const record = this.#record
    const isKnown = record && this.#version === stored.version && canSign(record, now)
    return isKnown ? { record } : readAuthority(stored.data, now)
  }

  /** Puts back what we know; else makes a new authority, beside which what is trusted stays trusted. */
  async #mend(stored: StoredAuthority, saved: readonly string[], now: number): Promise<void> {
    const { published, onRotated } = this.#options
    const known = this.#record && canSign(this.#record, now) ? this.#record : undefined
    const trusted = (published() ?? []).filter(pem => isGood(lifeOf(pem), now))
    const record = known ?? {
      current: await this.#newAuthority(now),
      next: undefined,
      former: [...new Set([...saved, ...trusted])],
      switchedAt: now,
    }
    if (!(await this.#write(record, stored))) return
    if (!known) onRotated('authority', 'made')
  }

  async #rotate(record: AuthorityRecord, stored: StoredAuthority, now: number): Promise<void> {
    const { certificateLife, published, onRotated } = this.#options
    const settle = settleFor(certificateLife)
    const { rotateBefore } = stored
    const facts = { now, published: published(), settle, certificateLife, rotateBefore }
    const step = nextStep(record, facts)
    if (step === 'none') return
    const next = await this.#after(step, record, now)
    if (await this.#write(next, stored)) onRotated('authority', step)
  }

  async #after(step: RotationStep, record: AuthorityRecord, now: number) {
    const { current, next, former } = record
    if (step === 'prepare') return { ...record, next: await this.#newAuthority(now) }
    if (step === 'drop' || !next) return { ...record, former: [] }
    const trusted = [current.certPem, ...former].filter(pem => isGood(lifeOf(pem), now))
    return { current: next, next: undefined, former: trusted, switchedAt: now }
  }

  async #write(record: AuthorityRecord, over: StoredAuthority): Promise<boolean> {
    const isOurs = await this.#options.store.write(writeAuthority(record), over)
    if (isOurs) this.#record = record
    if (isOurs) this.#version = this.#options.store.stored()?.version
    return isOurs
  }

  #newAuthority(now: number): Promise<KeyPair> {
    const days = this.#options.authorityLife / DAY_MS
    return createAuthority({ commonName: 'gloo-istio authority', days, now: new Date(now) })
  }

  async #renew(): Promise<void> {
    const record = this.#record
    const now = this.#options.now()
    if (!record || !canSign(record, now) || !this.#isLeafDue(record, now)) return
    const { certificateLife, names, onRotated } = this.#options
    const days = certificateLife / DAY_MS
    const pair = await issueServing(record.current, { names, days, now: new Date(now) })
    this.#leaf = { pair, signer: record.current.certPem }
    onRotated('serving', 'made')
    for (const listener of this.#listeners) listener({ ...pair, caPem: record.current.certPem })
  }

  #isLeafDue({ current }: AuthorityRecord, now: number): boolean {
    if (this.#leaf?.signer !== current.certPem) return true
    const life = lifeOf(this.#leaf.pair.certPem)
    return isDue(life, now) || !isGood(life, now)
  }
}

const canSign = ({ current }: AuthorityRecord, now: number): boolean =>
  isGood(lifeOf(current.certPem), now)
