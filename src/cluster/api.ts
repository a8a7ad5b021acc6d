import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { fieldAt, textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import { LIMITS, type Limits, readLines, readText, silenceOf } from './answer.ts'
import { warningsIn } from './warnings.ts'

export interface ApiRequest {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/api/v1/namespaces`, with each name in it encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  /** Default: application/json. */
  readonly contentType?: string
  /** Gives the request up: it then throws the reason of the signal. */
  readonly signal?: AbortSignal
  /** Hears each warning that comes with the answer, whether it is success or not. */
  readonly onWarning?: (text: string) => void
}

/** How a request went, without anything of what was said in it. */
export interface Answered {
  readonly method: string
  /** Without its query. */
  readonly path: string
  /** The status, or the code or text of what broke on the way. */
  readonly outcome: string
  readonly milliseconds: number
}

/** What hears how the API server answers. */
export interface Listeners {
  /** The Date header of each answer. */
  readonly onDate?: (date: string | undefined) => void
  /** Each request, once its answer begins or it breaks. */
  readonly onAnswered?: (answered: Answered) => void
}

/** What the API server answered other than success. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly statusCode: number
  /** `Conflict`, `Expired`, `NotFound`, …; empty when it did not say. */
  readonly reason: string
  /** Seconds after which the API server wants to be asked again; undefined when it did not say. */
  readonly retryAfter: number | undefined

  /** `body` is the Status that came with it, if it is one. */
  constructor({ statusCode = 0, headers }: AnswerHead, body: string) {
    const status = parseStatus(body)
    super(textAt(status, 'message') || `the API server answered ${statusCode}`)
    this.statusCode = statusCode
    this.reason = textAt(status, 'reason')
    const told = headers['retry-after'] ?? fieldAt(status, 'details', 'retryAfterSeconds')
    const seconds = Number(told)
    this.retryAfter = Number.isFinite(seconds) ? seconds : undefined
  }
}

type AnswerHead = Pick<IncomingMessage, 'statusCode' | 'headers'>

const parseStatus = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const MAX_FREE_SOCKETS = 32
/** The API server closes what was idle for 90 s; apiserver@v0.37.2:pkg/server/secure_serving.go */
const IDLE_MS = 60_000

/**
 * Plain requests to the API server, with the authentication and the authorities of a kubeconfig.
 * The generated client would hold a model of each object, and its watch ends after 30 silent seconds.
 */
export class ApiClient {
  readonly #kubeConfig: KubeConfig
  readonly #limits: Limits
  readonly #listeners: Listeners
  readonly #agent = new Agent({
    keepAlive: true,
    maxFreeSockets: MAX_FREE_SOCKETS,
    timeout: IDLE_MS,
  })

  constructor(kubeConfig: KubeConfig, limits: Limits = LIMITS, listeners: Listeners = {}) {
    this.#kubeConfig = kubeConfig
    this.#limits = limits
    this.#listeners = listeners
  }

  /** The answer as JSON. Throws ApiError, and what the network says. */
  async request(asked: ApiRequest): Promise<JsonObject> {
    try {
      return JSON.parse(await readText(await this.#send(asked), this.#limits)) as JsonObject
    } catch (error) {
      asked.signal?.throwIfAborted()
      throw error
    }
  }

  /**
   * The answer line by line, as it comes, after `onAnswer` once it begins. Ends when the API server
   * ends it; throws as `request` does.
   */
  async *lines(asked: ApiRequest, onAnswer: () => void = () => {}): AsyncGenerator<string> {
    try {
      const answer = await this.#send(asked)
      onAnswer()
      yield* readLines(answer, this.#limits)
    } catch (error) {
      asked.signal?.throwIfAborted()
      throw error
    }
  }

  /** Closes what is kept open for the next request. */
  close(): void {
    this.#agent.destroy()
  }

  async #send(asked: ApiRequest): Promise<IncomingMessage> {
    const answer = await this.#openAndTell(asked)
    this.#listeners.onDate?.(answer.headers.date)
    for (const text of warningsIn(answer)) asked.onWarning?.(text)
    const { statusCode = 0 } = answer
    if (statusCode >= 200 && statusCode < 300) return answer
    throw new ApiError(answer, await readText(answer, this.#limits))
  }

  async #openAndTell(asked: ApiRequest): Promise<IncomingMessage> {
    const begun = performance.now()
    const tell = (outcome: string) =>
      this.#listeners.onAnswered?.({
        method: asked.method ?? 'GET',
        path: asked.path,
        outcome,
        milliseconds: performance.now() - begun,
      })
    try {
      const answer = await this.#open(asked)
      tell(String(answer.statusCode))
      return answer
    } catch (error) {
      tell(outcomeOf(error))
      throw error
    }
  }

  async #open(asked: ApiRequest): Promise<IncomingMessage> {
    const server = this.#kubeConfig.getCurrentCluster()?.server
    if (server === undefined) throw new TypeError('the kubeconfig names no cluster')
    const options = await this.#optionsFor(asked)
    const send = server.startsWith('https:') ? httpsRequest : httpRequest
    return new Promise((resolve, reject) => {
      const outgoing = send(urlOf(server, asked), options, resolve)
      const giveUp = () => outgoing.destroy(silenceOf(this.#limits))
      // A socket’s own timeout begins when it is connected.
      const deadline = setTimeout(giveUp, this.#limits.silence)
      for (const event of ['response', 'close']) outgoing.once(event, () => clearTimeout(deadline))
      // What breaks after the head of the answer is told by its body.
      outgoing.on('error', reject)
      outgoing.end(asked.body === undefined ? undefined : JSON.stringify(asked.body))
    })
  }

  async #optionsFor(asked: ApiRequest): Promise<RequestOptions> {
    const { method = 'GET', body, contentType = 'application/json', signal } = asked
    const type = body === undefined ? {} : { 'Content-Type': contentType }
    const headers = { Accept: 'application/json', 'User-Agent': 'gloo-istio', ...type }
    const options: RequestOptions = { method, headers, ...(signal && { signal }) }
    await this.#kubeConfig.applyToHTTPSOptions(options)
    // Theirs opens a connection for each request; it stays where it knows the way through a proxy.
    if (options.agent?.constructor === Agent) options.agent = this.#agent
    return options
  }
}

const outcomeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

const urlOf = (server: string, { path, query = {} }: ApiRequest): URL => {
  const url = new URL(server.replace(/\/$/, '') + path)
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(key, String(value))
  return url
}
