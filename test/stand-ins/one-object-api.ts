import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import { field, fieldAt, isRecord, items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

const failure = (statusCode: number) => new ApiError({ statusCode, headers: {} }, '')

/** kube-apiserver with a single object, by name: list, watch, get, create, replace by version, patch of webhooks. */
export class OneObjectApi {
  /** Each request but lists and watches: method, path and body. */
  readonly asked: ApiRequest[] = []
  /** Thrown for whatever is written. */
  failure: Error | undefined
  /** Hears of each patch before it is taken. */
  onPatch: () => void = () => {}
  /** Holds watches back, as a slow network does. */
  isSilent = false
  object: JsonObject | undefined
  readonly #collection: string
  readonly #events: string[] = []
  #version = 100

  constructor(collection: string) {
    this.#collection = collection
  }

  /** Somebody writes it. */
  put(object: JsonObject): JsonObject {
    const metadata = {
      ...(object['metadata'] as JsonObject),
      resourceVersion: `${++this.#version}`,
    }
    this.object = { ...object, metadata }
    this.#events.push(JSON.stringify({ type: 'MODIFIED', object: this.object }))
    return this.object
  }

  remove(): void {
    const metadata = { resourceVersion: `${++this.#version}` }
    this.#events.push(JSON.stringify({ type: 'DELETED', object: { ...this.object, metadata } }))
    this.object = undefined
  }

  readonly request = async (asked: ApiRequest): Promise<JsonObject> => {
    const { method = 'GET', path, body } = asked
    if (!path.startsWith(this.#collection)) throw failure(404)
    if (path === this.#collection && method === 'GET') return this.#list()
    this.asked.push(asked)
    if (method === 'GET') return this.#found()
    if (this.failure) throw this.failure
    if (method === 'PATCH') this.onPatch()
    if (method === 'POST' && this.object) throw failure(409)
    if (method === 'PUT' && !sameVersion(body, this.#found())) throw failure(409)
    return this.put(method === 'PATCH' ? merged(this.#found(), body) : (body as JsonObject))
  }

  readonly lines = async function* (
    this: OneObjectApi,
    { signal }: ApiRequest,
    onAnswer: () => void = () => {},
  ): AsyncGenerator<string> {
    onAnswer()
    let told = this.#events.length
    while (!signal?.aborted) {
      await sleep(1)
      for (; !this.isSilent && told < this.#events.length; told++) yield this.#events[told] ?? ''
    }
  }.bind(this)

  #found(): JsonObject {
    if (this.object === undefined) throw failure(404)
    return this.object
  }

  #list(): JsonObject {
    const metadata = { resourceVersion: `${this.#version}` }
    return { kind: 'List', metadata, items: this.object ? [this.object] : [] }
  }
}

const sameVersion = (one: unknown, other: unknown) =>
  textAt(one, 'metadata', 'resourceVersion') === textAt(other, 'metadata', 'resourceVersion')

/** A strategic merge, as far as a caBundle needs one. */
const merged = (object: JsonObject, patch: unknown): JsonObject => ({
  ...object,
  webhooks: items(field(object, 'webhooks')).map(webhook => {
    const found = items(field(patch, 'webhooks')).find(
      other => field(other, 'name') === field(webhook, 'name'),
    )
    const config = { ...fieldsOf(webhook), ...fieldsOf(found) }
    return isRecord(webhook) ? { ...webhook, clientConfig: config } : webhook
  }),
})

const fieldsOf = (webhook: unknown): JsonObject => {
  const config = fieldAt(webhook, 'clientConfig')
  return isRecord(config) ? config : {}
}
