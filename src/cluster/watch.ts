import { field, fieldAt, isRecord, textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import { type ApiClient, ApiError } from './api.ts'
import type { Position, Resource } from './list.ts'

export interface WatchEvent {
  /** `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK`, or one that is yet to be invented. */
  readonly type: string
  readonly object: JsonObject
}

export interface WatchPorts {
  readonly api: Pick<ApiClient, 'lines'>
  /** Milliseconds. */
  readonly now: () => number
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
  /** From 0 to 1, as Math.random. */
  readonly random: () => number
}

export interface WatchOptions extends Position {
  readonly resource: Resource
  readonly signal: AbortSignal
  /** Hears that the API server took the request. */
  readonly onAnswer: () => void
}

/** A watch brought nothing for too long, not even a bookmark. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError'
}

/**
 * Two bookmarks are missing by then, of which there is one a minute; apiserver@v0.37.2:pkg/storage/cacher/cacher.go.
 * A connection whose other end is gone would be as silent for ever.
 */
const SILENCE_MS = 150_000
/** A spread, so that the watches of all resources and replicas do not end together. */
const LIFE_S = { min: 240, max: 480 }
const AT_ONCE_MS = 1_000

/**
 * The events of one watch, until the API server ends it. Throws SilenceError, ApiError for an event
 * ERROR, SyntaxError or TypeError for a line that is no event, and what the network says.
 */
export async function* watchEvents(
  ports: WatchPorts,
  { signal, ...options }: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const { api, now } = ports
  const end = new AbortController()
  const started = now()
  let heard: number | undefined
  endWhenSilent(ports, end, () => heard ?? started).catch(() => {})
  const { path, onAnswer } = options
  const asked = { path, query: queryOf(options, ports.random()) }
  try {
    const either = AbortSignal.any([signal, end.signal])
    for await (const line of api.lines({ ...asked, signal: either }, onAnswer)) {
      heard = now()
      yield parseEvent(line)
    }
    if (heard === undefined && now() - started < AT_ONCE_MS)
      throw new Error('the API server ended the watch at once')
  } finally {
    end.abort()
  }
}

const queryOf = (
  { resource, resourceVersion }: Pick<WatchOptions, 'resource' | 'resourceVersion'>,
  part: number,
) => ({
  labelSelector: resource.labelSelector,
  fieldSelector: resource.fieldSelector,
  watch: true,
  resourceVersion,
  allowWatchBookmarks: true,
  timeoutSeconds: Math.round(LIFE_S.min + part * (LIFE_S.max - LIFE_S.min)),
})

const endWhenSilent = async (
  { now, sleep }: Pick<WatchPorts, 'now' | 'sleep'>,
  end: AbortController,
  heard: () => number,
): Promise<void> => {
  for (let left = SILENCE_MS; left > 0; left = heard() + SILENCE_MS - now())
    await sleep(left, end.signal)
  end.abort(new SilenceError(`no event and no bookmark for ${SILENCE_MS / 1000} s`))
}

const parseEvent = (line: string): WatchEvent => {
  const event: unknown = JSON.parse(line)
  const type = textAt(event, 'type')
  const object = field(event, 'object')
  if (type === 'ERROR') throw errorOf(object)
  if (type === '' || !isRecord(object)) throw new TypeError('a line of the watch is no event')
  return { type, object }
}

/** What would have been the answer, had it not begun already. */
const errorOf = (status: unknown): ApiError => {
  const statusCode = Number(fieldAt(status, 'code')) || 0
  return new ApiError({ statusCode, headers: {} }, JSON.stringify(status) ?? '')
}
