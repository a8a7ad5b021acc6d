import { writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { fieldAt, isRecord } from '../src/core/json.ts'
import { parseLabelSelector, selects } from '../src/core/label-selector.ts'
import type { JsonObject } from '../src/core/types.ts'
import { ApiEndpoint, failure, urlOf } from '../test/stand-ins/api-endpoint.ts'
import { crowdOf, type Made } from './crowd.ts'
import { stored } from './samples.ts'

// An API server with a crowd of objects that never change, for those that list and watch them.
// Usage: node crowd-server.ts UPSTREAMS KUBECONFIG, which is written once it listens.

const VERSION = '1000'
const BOOKMARK_MS = 30_000

const annotationsOf = (object: JsonObject): JsonObject => {
  const annotations = fieldAt(object, 'metadata', 'annotations')
  return isRecord(annotations) ? annotations : {}
}

/** As kube-apiserver stores it; items of a list do not say what they are. */
const itemOf = ({ apiVersion, kind }: Made, object: JsonObject): JsonObject => {
  const { metadata, ...rest } = stored(object, annotationsOf(object), 2)
  const { apiVersion: _, kind: __, ...item } = rest
  const isCustom = apiVersion.includes('.io/')
  const named = isCustom ? { apiVersion, kind } : {}
  return { ...named, metadata: { ...(metadata as JsonObject), resourceVersion: VERSION }, ...item }
}

const takes = (selector: string | null, object: JsonObject): boolean => {
  if (selector === null) return true
  const parsed = parseLabelSelector(selector)
  if ('trouble' in parsed) throw new TypeError(parsed.trouble)
  return selects(parsed.selector, fieldAt(object, 'metadata', 'labels'))
}

class Crowd extends ApiEndpoint {
  readonly #made: ReadonlyMap<string, Made>

  constructor(upstreams: number) {
    super()
    this.#made = crowdOf(upstreams)
  }

  override answer(response: ServerResponse): void {
    const { pathname, searchParams } = urlOf(response)
    const made = this.#made.get(pathname)
    if (made === undefined) failure(404)(response)
    else if (searchParams.get('watch') === 'true') this.#watch(response, made)
    else this.#list(response, made, searchParams)
  }

  #list(response: ServerResponse, made: Made, asked: URLSearchParams): void {
    const from = Number(asked.get('continue') ?? 0)
    const to = Math.min(made.count, from + Number(asked.get('limit') ?? made.count))
    const items = Array.from({ length: to - from }, (_, at) => made.at(from + at))
      .filter(object => takes(asked.get('labelSelector'), object))
      .map(object => itemOf(made, object))
    const more = to < made.count && { continue: String(to), remainingItemCount: made.count - to }
    const metadata = { resourceVersion: VERSION, ...more }
    const { apiVersion, kind } = made
    response.end(JSON.stringify({ apiVersion, kind: `${kind}List`, metadata, items }))
  }

  #watch(response: ServerResponse, { apiVersion, kind }: Made): void {
    const object = { apiVersion, kind, metadata: { resourceVersion: VERSION } }
    const send = () => response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
    const timer = setInterval(send, BOOKMARK_MS)
    response.once('close', () => clearInterval(timer)).flushHeaders()
  }
}

const [, , upstreams, kubeconfig = ''] = process.argv
const crowd = new Crowd(Number(upstreams))
await crowd.listen()
writeFileSync(kubeconfig, crowd.kubeConfig().exportConfig())
