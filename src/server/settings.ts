import type { TlsVersion } from './tls.ts'

/** How the webhook serves. Times are in milliseconds. */
export interface ServingSettings {
  /** Least version of TLS. */
  readonly tlsMinVersion: TlsVersion
  /** PEM of the authority whose client certificates /mutate takes; undefined asks for none. */
  readonly clientCaPem: string | undefined
  /** Common names that a client certificate may have; empty is any. */
  readonly clientNames: readonly string[]
  /** Reviews under way at once; one more is answered 429. */
  readonly maxInFlight: number
  /** Bytes of the bodies of these. A body that does not tell its length counts as the largest. */
  readonly maxInFlightBytes: number
  /** Once it has taken so long, a review gives way to one that finds no room. */
  readonly slowAfter: number
  /** Open connections, which take about 50 KB each. */
  readonly maxConnections: number
  /** After it, give or take a tenth, a connection is closed with its next answer; 0 is never. */
  readonly connectionAge: number
  /** The TLS handshake is over by then, or the connection is. */
  readonly handshakeTime: number
  /** A connection that has sent nothing yet is kept so long. */
  readonly unusedTime: number
  /** The head of a request is complete by then, from its first byte. */
  readonly headTime: number
  /** So is the request. */
  readonly requestTime: number
  /** A connection is kept so long after an answer. */
  readonly keepAliveTime: number
  /** How often heads and requests are looked at. */
  readonly checkInterval: number
}

// The API server keeps what is idle for 90 s; closing it earlier loses the review that is just being sent
// (kubernetes@v1.37.2:staging/src/k8s.io/apimachinery/pkg/util/net/http.go, Go's default transport).
const LONGER_THAN_API_SERVER = 100_000

export const DEFAULT_SETTINGS: ServingSettings = {
  tlsMinVersion: '1.2',
  clientCaPem: undefined,
  clientNames: [],
  maxInFlight: 512,
  maxInFlightBytes: 64 * 1024 * 1024,
  // The API server sends a body at once, and a review takes milliseconds.
  slowAfter: 1000,
  maxConnections: 1024,
  connectionAge: 300_000,
  handshakeTime: 10_000,
  // The API server dials for a request, and when another connection is free sooner, keeps the new one for
  // later (go@1.26.8:src/net/http/transport.go, dialConnFor): it has sent nothing and is idle like any other.
  unusedTime: LONGER_THAN_API_SERVER,
  headTime: 10_000,
  // The API server gives up after 30 s at most (timeoutSeconds of a webhook).
  requestTime: 30_000,
  keepAliveTime: LONGER_THAN_API_SERVER,
  checkInterval: 1000,
}
