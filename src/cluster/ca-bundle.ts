export interface PublisherPorts {
  /** Writes the bundle; answers whether that was needed. */
  readonly publish: (caPem: string) => Promise<boolean>
  readonly onPublished: (wrote: boolean) => void
  /** Hears of each failure; the next attempt comes after `seconds`. */
  readonly onFailure: (error: unknown, seconds: number) => void
  /** Waits; rejects when the publisher is closed. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 30_000

/** Publishes CA bundles, trying until it works: the registration may be created after us. */
export class CaBundlePublisher {
  readonly #ports: PublisherPorts
  #attempt = new AbortController()
  #published = false

  constructor(ports: PublisherPorts) {
    this.#ports = ports
  }

  /** True once the API server has the newest bundle. */
  get isPublished(): boolean {
    return this.#published
  }

  /** Publishes `caPem`; an older bundle that is still on its way is given up. */
  async publish(caPem: string): Promise<void> {
    this.close()
    this.#attempt = new AbortController()
    this.#published = false
    await this.#publishUntilDone(caPem, this.#attempt.signal)
  }

  close(): void {
    this.#attempt.abort()
  }

  async #publishUntilDone(caPem: string, signal: AbortSignal): Promise<void> {
    for (let delay = FIRST_DELAY_MS; !signal.aborted; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
      try {
        const wrote = await this.#ports.publish(caPem)
        if (signal.aborted) return
        this.#published = true
        this.#ports.onPublished(wrote)
        return
      } catch (error) {
        this.#ports.onFailure(error, delay / 1000)
        await this.#ports.sleep(delay, signal).catch(() => {})
      }
    }
  }
}
