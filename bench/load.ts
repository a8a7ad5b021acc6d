import autocannon from 'autocannon'
import type { Measured } from './subjects/subject.ts'

export interface Load {
  /** Clients that each wait for an answer before they ask again. */
  readonly clients: number
  readonly seconds: number
  readonly body: string
  /** Reviews a second of all clients together. Default: as many as are answered. */
  readonly rate?: number
}

export interface Loaded {
  readonly reviews: number
  readonly perSecond: number
  /** CPU that the server used for each, in microseconds. */
  readonly cpuMicros: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Sends reviews for a while. Throws when one is not answered with a review that allows it. */
export const load = async (
  server: Measured,
  { clients, seconds, body, rate }: Load,
): Promise<Loaded> => {
  const before = server.cpuSeconds()
  const { non2xx, errors, mismatches, requests, latency, duration } = await autocannon({
    url: server.url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections: clients,
    duration: seconds,
    ...(rate !== undefined && { overallRate: rate }),
  })
  const cpu = server.cpuSeconds() - before
  if (non2xx + errors + mismatches > 0 || requests.total === 0)
    throw new Error(`${server.name}: ${non2xx} refused, ${errors} failed of ${requests.total}`)
  return {
    reviews: requests.total,
    perSecond: requests.total / duration,
    cpuMicros: (cpu * 1e6) / requests.total,
    p50: latency.p50,
    p99: latency.p99,
  }
}
