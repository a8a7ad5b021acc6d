import { ApiClient, ApiError, type ApiRequest } from '../src/cluster/api.ts'
import { textAt } from '../src/core/json.ts'
import type { JsonObject } from '../src/core/types.ts'
import type { Live } from '../test/harness/live.ts'
import { annotated, UPSTREAMS } from './admissions.ts'

export const VERBS = ['CREATE', 'UPDATE'] as const
export type Verb = (typeof VERBS)[number]

/** So many clients that each wait for an answer before they write again. */
export interface Writing {
  readonly clients: number
  /** Of all clients together. */
  readonly writes: number
  /** Sees each object as it was stored. */
  readonly look: (stored: JsonObject) => void
}

/** How the writes of one verb went. */
export interface Written {
  /** Milliseconds that each took, as a client sees it: those that failed until they were tried again. */
  readonly latencies: number[]
  /** Tries that failed because the API server got no answer from the webhook. */
  failed: number
}

const MOST_TRIES = 5

/** One connection for each client, which is open by the time the clock starts. */
const connect = (live: Live, clients: number): Promise<readonly ApiClient[]> =>
  Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new ApiClient(live.kubeConfig)
      await client.request({ path: UPSTREAMS, query: { limit: 1 } })
      return client
    }),
  )

const isUnanswered = (error: unknown): boolean =>
  error instanceof ApiError && error.message.includes('failed calling webhook')

type Ask = (asked: ApiRequest) => Promise<JsonObject>

/** Asks again where a webhook did not answer, and counts how often. */
const asking =
  (client: ApiClient, written: Written): Ask =>
  async asked => {
    for (let tries = 1; ; tries++)
      try {
        return await client.request(asked)
      } catch (error) {
        if (tries === MOST_TRIES || !isUnanswered(error)) throw error
        written.failed++
      }
  }

/** Each client takes the next piece of work as soon as it is done with one. */
const share = async (
  clients: readonly ApiClient[],
  count: number,
  work: (ask: Ask, at: number) => Promise<void>,
): Promise<Written> => {
  const written: Written = { latencies: [], failed: 0 }
  let next = 0
  const all = clients.map(async client => {
    const ask = asking(client, written)
    while (next < count) {
      const at = next++
      const begun = performance.now()
      await work(ask, at)
      written.latencies.push(performance.now() - begun)
    }
  })
  await Promise.all(all)
  return written
}

const nameAt = (at: number): string => `details-${at}`

/** As Gloo's discovery writes what has changed: whole, and without what others added. */
const updated = (at: number, resourceVersion: string): JsonObject => {
  const upstream = annotated(nameAt(at), { version: 'v2' })
  const metadata = upstream['metadata'] as JsonObject
  return { ...upstream, metadata: { ...metadata, resourceVersion } }
}

/** Creates Upstreams and updates each once; `around` runs the writes of one verb. */
export const write = async (
  live: Live,
  { clients, writes, look }: Writing,
  around: (verb: Verb, run: () => Promise<Written>) => Promise<void>,
): Promise<void> => {
  const connected = await connect(live, clients)
  const versions: string[] = []
  const create = async (ask: Ask, at: number) => {
    const body = annotated(nameAt(at), { version: 'v1' })
    const stored = await ask({ method: 'POST', path: UPSTREAMS, body })
    versions[at] = textAt(stored, 'metadata', 'resourceVersion')
    look(stored)
  }
  const update = async (ask: Ask, at: number) => {
    const body = updated(at, versions[at] ?? '')
    const path = `${UPSTREAMS}/${textAt(body, 'metadata', 'name')}`
    look(await ask({ method: 'PUT', path, body }))
  }
  await around('CREATE', () => share(connected, writes, create))
  await around('UPDATE', () => share(connected, writes, update))
  for (const client of connected) client.close()
}

/** Deletes what was written. */
export const clear = ({ api }: Live): Promise<unknown> =>
  api.request({ method: 'DELETE', path: UPSTREAMS })
