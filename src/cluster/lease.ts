import { isStatus } from './api-status.ts'
import { completeOptions, JITTER, type LeaseOptions, type LeasePorts } from './lease-options.ts'
import { heldSpec, LeaseRecord, releasedSpec } from './lease-record.ts'
import { holderOf, LeaseSeen } from './lease-seen.ts'
import { withinTime } from './within-time.ts'

/**
 * Election of a leader by a Lease, by the rules of client-go: it is free once this process has seen it
 * unchanged for as long as it is held for. One that is deleted is waited for likewise; only who starts
 * after that takes it at once.
 */
export class LeaseElection {
  readonly #options: Required<LeaseOptions>
  readonly #ports: LeasePorts
  readonly #record: LeaseRecord
  readonly #seen = new LeaseSeen()
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #wrote = false
  #leading = false
  #leadsUntil = 0

  /** Throws RangeError when the durations do not fit. */
  constructor(options: LeaseOptions) {
    this.#options = completeOptions(options)
    this.#ports = options.ports
    this.#record = new LeaseRecord(options.ports.api, options.namespace, options.name)
  }

  /** False as soon as the deadline has passed by the clock: a process that stalled must not think it leads. */
  get isLeader(): boolean {
    return this.#leading && this.#ports.now() < this.#leadsUntil
  }

  /** Whom the Lease named when it was last seen; undefined when nobody. */
  get holder(): string | undefined {
    return this.#seen.holder || undefined
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Stops leading, then releases the Lease so that the next need not wait. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    this.#lose('closing')
    await this.#running
    const { signal } = new AbortController()
    if (this.#wrote) await this.#attempt(signal, limit => this.#release(limit))
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#attempt(signal, limit => this.#acquireOrRenew(limit))
      this.#loseWhenLate()
      await this.#ports.sleep(this.#atMost(this.#pause()), signal).catch(() => {})
      this.#loseWhenLate()
    }
  }

  /** Candidates wait by chance, so that they do not all ask at once; the leader keeps its pace. */
  #pause(): number {
    const jitter = this.#leading ? 0 : JITTER * this.#ports.random()
    return 1000 * this.#options.retrySeconds * (1 + jitter)
  }

  /** A third of the deadline at most, so that one request that hangs does not cost the leadership. */
  async #attempt(closing: AbortSignal, work: (signal: AbortSignal) => Promise<void>) {
    const milliseconds = this.#atMost((1000 / 3) * this.#options.renewDeadlineSeconds)
    try {
      await withinTime({ milliseconds, sleep: this.#ports.sleep, closing }, work)
    } catch (error) {
      // A conflict is no failure: another was faster, and the next attempt sees who.
      if (!closing.aborted && !isStatus(error, 409)) this.#ports.onFailure(error)
    }
  }

  /** Milliseconds that do not outlast the leadership. */
  #atMost(milliseconds: number): number {
    const left = this.#leading ? this.#leadsUntil - this.#ports.now() : milliseconds
    return Math.max(0, Math.ceil(Math.min(milliseconds, left)))
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<void> {
    const { identity, durationSeconds: seconds, renewDeadlineSeconds } = this.#options
    const read = await this.#record.read(signal)
    signal.throwIfAborted()
    const now = this.#ports.now()
    this.#seen.note(read, now, seconds)
    const { holder } = this.#seen
    if (holder !== identity) this.#lose(`the Lease is held by ${holder || 'nobody'}`)
    if (!this.#seen.isFreeFor(identity, now)) return
    this.#wrote = true
    const spec = heldSpec(read, { identity, seconds, now })
    const written = await this.#record.write(read, spec, signal)
    signal.throwIfAborted()
    this.#seen.note(written, this.#ports.now(), seconds)
    // From before the write was sent: others see it later than that, and wait from then on.
    this.#lead(now + 1000 * renewDeadlineSeconds)
  }

  async #release(signal: AbortSignal, mayRetry = true): Promise<void> {
    const lease = await this.#record.read(signal)
    if (lease === undefined || holderOf(lease) !== this.#options.identity) return
    try {
      await this.#record.write(lease, releasedSpec(lease, this.#ports.now()), signal)
    } catch (error) {
      // A renewal that was under way when we were closed may have come between.
      if (!mayRetry || !isStatus(error, 409)) throw error
      await this.#release(signal, false)
    }
  }

  #lead(until: number): void {
    this.#leadsUntil = until
    if (this.#leading || this.#ports.now() >= until) return
    this.#leading = true
    this.#ports.onAcquired()
  }

  #loseWhenLate(): void {
    if (!this.isLeader) this.#lose(`not renewed for ${this.#options.renewDeadlineSeconds} s`)
  }

  #lose(why: string): void {
    if (!this.#leading) return
    this.#leading = false
    this.#ports.onLost(why)
  }
}
