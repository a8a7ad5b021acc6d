import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../src/core/types.ts'
import { type Answer, ApiEndpoint, failure, urlOf } from './api-endpoint.ts'

const eventLine = (type: string, object: JsonObject): string =>
  `${JSON.stringify({ type, object })}\n`

const EXPIRED = { kind: 'Status', code: 410, reason: 'Expired', message: 'version is too old' }

/** Lists and watches of one resource as kube-apiserver answers them, and the ways in which they end. */
export class ApiServer extends ApiEndpoint {
  /** Where the resource is; empty is a CRD that is not installed. */
  readonly paths = new Set(['/apis/example.com/v1/things'])
  /** How watches are answered, if not as they should be. */
  watchAnswer: Answer | undefined
  readonly #objects = new Map<string, JsonObject>()
  readonly #history: { readonly version: number; readonly line: string }[] = []
  /** What is left of lists that are under way, by token. */
  readonly #rests = new Map<string, readonly JsonObject[]>()
  readonly #watches = new Set<ServerResponse>()
  #version = 100
  #compacted = 0

  put(name: string, more: JsonObject = {}): void {
    const object = { metadata: { name, resourceVersion: `${++this.#version}` }, ...more }
    this.#note(this.#objects.has(name) ? 'MODIFIED' : 'ADDED', object)
    this.#objects.set(name, object)
  }

  remove(name: string): void {
    this.#objects.delete(name)
    this.#note('DELETED', { metadata: { name, resourceVersion: `${++this.#version}` } })
  }

  /** Tells the watches how far it is, after changes of other resources. */
  bookmark(): void {
    this.#version += 10
    this.send(eventLine('BOOKMARK', { metadata: { resourceVersion: `${this.#version}` } }))
  }

  /** Forgets the past: changes, and lists that are under way. */
  compact(): void {
    this.#compacted = this.#version
    this.#rests.clear()
  }

  /** Writes to each watch whatever is wanted. */
  send(text: string): void {
    for (const watch of this.#watches) watch.write(text)
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.end()
  }

  /** How many are open. */
  get watches(): number {
    return this.#watches.size
  }

  override answer(response: ServerResponse): void {
    const url = urlOf(response)
    if (!this.paths.has(url.pathname)) failure(404)(response)
    else if (url.searchParams.get('watch') !== 'true') this.#list(response, url)
    else if (this.watchAnswer) this.watchAnswer(response)
    else this.#watch(response, url)
  }

  #note(type: string, object: JsonObject): void {
    const line = eventLine(type, { apiVersion: 'example.com/v1', kind: 'Thing', ...object })
    this.#history.push({ version: this.#version, line })
    this.send(line)
  }

  #list(response: ServerResponse, { searchParams }: URL): void {
    const token = searchParams.get('continue')
    const objects = token === null ? [...this.#objects.values()] : this.#rests.get(token)
    if (objects === undefined) return void failure(410, EXPIRED)(response)
    const limit = Number(searchParams.get('limit')) || objects.length
    response.end(JSON.stringify(this.#page(objects, limit)))
  }

  /** Items do not say what they are, as with the kinds that are built in. */
  #page(objects: readonly JsonObject[], limit: number): JsonObject {
    const next = objects.length > limit && `rest ${this.#rests.size}`
    if (next) this.#rests.set(next, objects.slice(limit))
    const metadata = { resourceVersion: `${this.#version}`, ...(next && { continue: next }) }
    const items = objects.slice(0, limit)
    return { apiVersion: 'example.com/v1', kind: 'ThingList', metadata, items }
  }

  #watch(response: ServerResponse, { searchParams }: URL): void {
    const from = Number(searchParams.get('resourceVersion'))
    this.#watches.add(response)
    response.once('close', () => this.#watches.delete(response)).flushHeaders()
    if (from < this.#compacted) response.end(eventLine('ERROR', EXPIRED))
    else for (const { version, line } of this.#history) if (version > from) response.write(line)
  }
}
