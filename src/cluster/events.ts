import { isStatus } from './api-status.ts'
import { type EventInput, keyOf, type Told, tell } from './event-object.ts'
import { EventStore, type EventStorePorts } from './event-store.ts'
import { TokenBucket } from './token-bucket.ts'
import { withinTime } from './within-time.ts'

export interface EventPorts extends EventStorePorts {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly onFailure: (error: unknown) => void
  /** Hears now and then how many were given up for want of room or time. */
  readonly onDropped: (count: number) => void
}

const QUEUE_LIMIT = 1_000
const PER_SECOND = 25
const BURST = 50
const FLUSH_MS = 2_000

/** Writes Events in the background and at a bounded rate; what cannot be written is given up. */
export class EventRecorder {
  readonly #ports: EventPorts
  readonly #store: EventStore
  readonly #bucket: TokenBucket
  readonly #closing = new AbortController()
  /** By what makes them one Event, oldest first. */
  readonly #queue = new Map<string, Told>()
  #working: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #dropped = 0

  constructor(ports: EventPorts) {
    this.#ports = ports
    this.#store = new EventStore(ports)
    this.#bucket = new TokenBucket({ perSecond: PER_SECOND, burst: BURST, now: ports.now })
  }

  /** Queues an Event, and drops it when 1,000 are waiting. Never waits, never throws. */
  record(input: EventInput): void {
    const told = tell(input, this.#ports.now())
    const key = keyOf(told)
    const { times = 0, first = told.first } = this.#queue.get(key) ?? {}
    const hasRoom = times > 0 || this.#queue.size < QUEUE_LIMIT
    if (this.#closed) this.#ports.onDropped(1)
    else if (!hasRoom) this.#dropped++
    else {
      this.#queue.set(key, { ...told, times: times + 1, first })
      this.#working ??= this.#work()
    }
  }

  /** Writes what is queued, for at most 2 s; the rest is dropped. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const { signal: closing } = this.#closing
    const limit = { milliseconds: FLUSH_MS, sleep: this.#ports.sleep, closing }
    await withinTime(limit, async () => this.#working).catch(() => {})
    this.#closing.abort()
    await this.#working
    for (const { times } of this.#queue.values()) this.#dropped += times
    this.#queue.clear()
    this.#tellDropped()
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing
    for (const [key] of this.#queue) {
      await this.#ports.sleep(this.#bucket.take(), signal).catch(() => {})
      if (signal.aborted) break
      const told = this.#queue.get(key)
      this.#queue.delete(key)
      if (told) await this.#write(key, told, signal)
      this.#tellDropped()
    }
    this.#working = undefined
  }

  async #write(key: string, told: Told, signal: AbortSignal): Promise<void> {
    try {
      await this.#store.write(key, told, signal)
    } catch (error) {
      if (signal.aborted) this.#dropped += told.times
      // The namespace is gone, or about to be.
      else if (!isStatus(error, 403, 404)) this.#ports.onFailure(error)
    }
  }

  #tellDropped(): void {
    if (this.#dropped > 0) this.#ports.onDropped(this.#dropped)
    this.#dropped = 0
  }
}
