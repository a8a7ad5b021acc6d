import type { JsonObject } from '../core/types.ts'
import { type ApiClient, ApiError, type ApiRequest } from './api.ts'
import { isStatus } from './api-status.ts'
import { eventOf, nameOf, namespaceOf, type Told, timeOf } from './event-object.ts'

export interface EventStorePorts {
  readonly api: Pick<ApiClient, 'request'>
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  /** Who reports: the name of the pod. */
  readonly instance: string
}

/** An Event that is there. */
interface Written {
  readonly path: string
  readonly count: number
  readonly last: number
}

const WRITTEN_LIMIT = 2_000
const REPEAT_MS = 10 * 60_000
const RETRY_SECONDS = 1
const MAX_RETRY_SECONDS = 5

/** The Events of the API server; what came up shortly before is counted, not written again. */
export class EventStore {
  readonly #ports: EventStorePorts
  /** The one that came up last is at the end. */
  readonly #written = new Map<string, Written>()

  constructor(ports: EventStorePorts) {
    this.#ports = ports
  }

  /** Writes what `key` stands for. Throws what the API server answers the second time. */
  async write(key: string, told: Told, signal: AbortSignal): Promise<void> {
    const before = this.#written.get(key)
    const isRepeated = before !== undefined && told.first - before.last <= REPEAT_MS
    const counted = isRepeated ? await this.#count(before, told, signal) : undefined
    this.#written.delete(key)
    this.#written.set(key, counted ?? (await this.#add(told, signal)))
    const [oldest] = this.#written.keys()
    if (oldest !== undefined && this.#written.size > WRITTEN_LIMIT) this.#written.delete(oldest)
  }

  /** Undefined when the Event is not there any more: the API server keeps them for an hour. */
  async #count(before: Written, told: Told, signal: AbortSignal): Promise<Written | undefined> {
    const { path } = before
    const count = before.count + told.times
    const body = { count, lastTimestamp: timeOf(told.last) }
    const contentType = 'application/merge-patch+json'
    try {
      await this.#send({ method: 'PATCH', path, contentType, body, signal })
      return { path, count, last: told.last }
    } catch (error) {
      if (isStatus(error, 404)) return undefined
      throw error
    }
  }

  async #add(told: Told, signal: AbortSignal): Promise<Written> {
    const name = nameOf(told, this.#ports.instance)
    const body = eventOf(told, this.#ports.instance)
    const path = `/api/v1/namespaces/${encodeURIComponent(namespaceOf(told))}/events`
    try {
      await this.#send({ method: 'POST', path, body, signal })
    } catch (error) {
      // Nobody else has the name: the first try was stored, and only its answer was lost.
      if (!isStatus(error, 409)) throw error
    }
    return { path: `${path}/${encodeURIComponent(name)}`, count: told.times, last: told.last }
  }

  async #send(asked: ApiRequest & { readonly signal: AbortSignal }): Promise<JsonObject> {
    try {
      return await this.#ports.api.request(asked)
    } catch (error) {
      if (!(error instanceof ApiError) || !mayPass(error)) throw error
      const seconds = Math.min(error.retryAfter ?? RETRY_SECONDS, MAX_RETRY_SECONDS)
      await this.#ports.sleep(1000 * seconds, asked.signal)
      return await this.#ports.api.request(asked)
    }
  }
}

const mayPass = ({ statusCode }: ApiError): boolean => statusCode === 429 || statusCode >= 500
