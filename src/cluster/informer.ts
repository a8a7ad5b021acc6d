import { textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import { type ApiClient, ApiError } from './api.ts'
import { BackOff } from './back-off.ts'
import { listAll, type Position, type Resource } from './list.ts'
import { SilenceError, type WatchEvent, type WatchPorts, watchEvents } from './watch.ts'

export interface InformerPorts extends WatchPorts {
  readonly api: Pick<ApiClient, 'request' | 'lines'>
  /** Hears all objects, after each list. */
  readonly onReplace: (objects: readonly JsonObject[]) => void
  readonly onChange: (object: JsonObject) => void
  readonly onRemove: (object: JsonObject) => void
  readonly onFailure: (error: unknown, retryAfterSeconds: number) => void
}

/** Between the beginnings of two watches, when the first ended well. */
const SPACING_MS = 1_000
/** A watch that stood this long was sound: the failure after it is a first one. */
const LASTING_MS = 10_000
const ABSENT_MS = 60_000
/** Failures in a row after which a version is no good to watch from, and a resource is really gone. */
const DOUBT = 5

/**
 * Keeps track of the objects of a resource: lists them, then watches what changes, through whatever
 * breaks. Client-node's own falls silent or storms; kubernetes-client/javascript#596, #958, #1933.
 */
export class Informer {
  readonly #resource: Resource
  readonly #ports: InformerPorts
  readonly #backOff: BackOff
  readonly #closing = new AbortController()
  #isStarted = false
  /** Where to watch from; undefined asks for a list. */
  #position: Position | undefined
  #isInstalled = false
  #isSynced = false
  #lastHeard: number

  constructor(resource: Resource, ports: InformerPorts) {
    this.#resource = resource
    this.#ports = ports
    this.#backOff = new BackOff(ports.random)
    this.#lastHeard = ports.now()
  }

  start(): void {
    if (!this.#isStarted) void this.#run()
    this.#isStarted = true
  }

  /** Ends for good; none of the callbacks is called any more. */
  close(): void {
    this.#closing.abort()
  }

  /** True once there was a complete list, or once the resource was found not to be installed. */
  get isSynced(): boolean {
    return this.#isSynced
  }

  /** When the API server last gave a sign of life, by `now`; until it does, when the informer was made. */
  get lastHeard(): number {
    return this.#lastHeard
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const wait = await this.#listAndWatch().catch((error: unknown) => this.#recover(error))
      if (wait > 0) await this.#ports.sleep(wait, signal).catch(() => {})
    }
  }

  /** One round; answers the milliseconds to wait before the next. */
  async #listAndWatch(): Promise<number> {
    this.#position ??= await this.#list()
    if (this.#position === undefined) return ABSENT_MS
    const next = this.#ports.now() + SPACING_MS
    await this.#watch(this.#position)
    return next - this.#ports.now()
  }

  async #list(): Promise<Position | undefined> {
    const { signal } = this.#closing
    const onPage = () => this.#hear()
    const listed = await listAll({ ...this.#ports, resource: this.#resource, signal, onPage })
    signal.throwIfAborted()
    // A server that has just started may deny what it has; kubernetes/kubernetes#71218, #115241.
    if (listed === undefined && this.#isInstalled && this.#backOff.failures < DOUBT)
      throw new ApiError({ statusCode: 404, headers: {} }, '')
    this.#hear()
    if (listed === undefined) this.#backOff.forget()
    this.#isInstalled = listed !== undefined
    this.#isSynced = true
    this.#ports.onReplace(listed?.objects ?? [])
    return listed && { path: listed.path, resourceVersion: listed.resourceVersion }
  }

  async #watch(position: Position): Promise<void> {
    const { signal } = this.#closing
    let answered = Number.POSITIVE_INFINITY
    const onAnswer = () => {
      answered = this.#hear()
    }
    const options = { ...position, resource: this.#resource, signal, onAnswer }
    try {
      for await (const event of watchEvents(this.#ports, options)) {
        signal.throwIfAborted()
        this.#hear()
        this.#take(event, position.path)
      }
      this.#hear()
    } catch (error) {
      // API servers before 1.16 send no bookmarks. Where nobody is left, the next watch finds out.
      if (!(error instanceof SilenceError)) throw error
      answered = Number.POSITIVE_INFINITY
    } finally {
      if (this.#ports.now() - answered >= LASTING_MS) this.#backOff.forget()
    }
  }

  #take({ type, object }: WatchEvent, path: string): void {
    const { trim } = this.#resource
    if (type === 'ADDED' || type === 'MODIFIED') this.#ports.onChange(trim(object))
    else if (type === 'DELETED') this.#ports.onRemove(trim(object))
    else if (type !== 'BOOKMARK') return
    const resourceVersion = textAt(object, 'metadata', 'resourceVersion')
    if (resourceVersion !== '') this.#position = { path, resourceVersion }
  }

  /** Answers the milliseconds to wait before the next round. */
  #recover(error: unknown): number {
    if (this.#closing.signal.aborted) return 0
    const { statusCode = 0, retryAfter } = error instanceof ApiError ? error : {}
    const isOutdated = statusCode === 410 || statusCode === 404
    if (isOutdated || this.#backOff.failures >= DOUBT) this.#position = undefined
    const wait = this.#backOff.fail(retryAfter)
    // That a version is forgotten, or a resource moved, is in the order of things; in a row it is not.
    if (isOutdated && this.#backOff.failures === 1) return SPACING_MS
    this.#ports.onFailure(error, wait / 1000)
    return wait
  }

  #hear(): number {
    this.#lastHeard = this.#ports.now()
    return this.#lastHeard
  }
}
