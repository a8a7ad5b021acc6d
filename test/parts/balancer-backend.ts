import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { connect, type Socket } from 'node:net'
import { pipeline, Transform } from 'node:stream'
import { text } from 'node:stream/consumers'

/** What the network does to one backend. */
export type Trouble =
  /** Nothing passes, either way, and nobody is told: a half-open connection. */
  | { readonly kind: 'blackhole' }
  /** Each piece of data waits, either way. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Both ends see a reset once this many bytes of a connection went to the backend. */
  | { readonly kind: 'reset'; readonly afterBytes: number }

/** One endpoint of a balancer, and the connections that it was given. */
export interface Backend {
  readonly port: number
  isReady: boolean
  /** Since when it says that it is not ready, or does not answer in time; by performance.now(). */
  unreadySince: number | undefined
  isLookedAt: boolean
  opened: number
  trouble: Trouble | undefined
  readonly open: Set<Socket>
  /** Tells data that is held back to look again. */
  readonly heldBack: Set<() => void>
}

export const backendOn = (port: number): Backend => ({
  port,
  isReady: false,
  unreadySince: undefined,
  isLookedAt: false,
  opened: 0,
  trouble: undefined,
  open: new Set(),
  heldBack: new Set(),
})

/** The chart's readinessProbe.timeoutSeconds. */
const PROBE_TIMEOUT_MS = 3_000

/** As long as two failures of the chart's readinessProbe lie apart, its failureThreshold: periodSeconds. */
const UNREADY_MS = 5_000

type Said = 'ready' | 'unready' | 'ending'

/** One that ends leaves a Service at once, and so does one whose process is gone; others are asked again. */
const saidBy = ({ statusCode }: IncomingMessage, words: string): Said => {
  if (statusCode === 200) return 'ready'
  return words.trim() === 'draining' ? 'ending' : 'unready'
}

/** As the kubelet asks: over a connection of its own, whatever the certificate. */
const ask = (port: number): Promise<Said> =>
  new Promise(resolve => {
    const options = { rejectUnauthorized: false, agent: false, timeout: PROBE_TIMEOUT_MS }
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve(error.code === 'ECONNREFUSED' ? 'ending' : 'unready')
    const probe = get(`https://127.0.0.1:${port}/readyz`, options, response => {
      text(response).then(words => resolve(saidBy(response, words)), failed)
    })
    probe.once('timeout', () => probe.destroy(new Error('the probe timed out')))
    probe.once('error', failed)
  })

export const answersReady = async (port: number): Promise<boolean> => (await ask(port)) === 'ready'

const isStillReady = (backend: Backend, said: Said): boolean => {
  backend.unreadySince =
    said === 'unready' ? (backend.unreadySince ?? performance.now()) : undefined
  if (backend.unreadySince === undefined) return said === 'ready'
  return backend.isReady && performance.now() < backend.unreadySince + UNREADY_MS
}

/** One look at a time: an answer that comes late would count for more than the one after it. */
export const look = async (backend: Backend): Promise<void> => {
  if (backend.isLookedAt) return
  backend.isLookedAt = true
  backend.isReady = isStillReady(backend, await ask(backend.port))
  backend.isLookedAt = false
}

export const setTrouble = (backend: Backend, trouble: Trouble | undefined): void => {
  backend.trouble = trouble
  for (const release of backend.heldBack) release()
  backend.heldBack.clear()
}

/** Hands a connection to the backend; false when the backend does not take it. */
export const handOver = (client: Socket, backend: Backend): Promise<boolean> => {
  const upstream = connect({ host: '127.0.0.1', port: backend.port })
  const reset = (): void => {
    for (const socket of [client, upstream]) socket.resetAndDestroy()
  }
  backend.opened++
  backend.open.add(client)
  client.once('close', () => backend.open.delete(client))
  for (const socket of [client, upstream]) socket.setNoDelay(true)
  const broken = (error: Error | null | undefined): void => {
    if (error) reset()
  }
  pipeline(client, passing(backend, reset), upstream, broken)
  pipeline(upstream, passing(backend, undefined), client, broken)
  return new Promise(resolve => {
    upstream.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
}

/** Lets data through as the trouble of the moment has it. */
const passing = (backend: Backend, onReset: (() => void) | undefined): Transform => {
  let bytes = 0
  const pass = async (chunk: Buffer): Promise<void> => {
    bytes += chunk.length
    while (backend.trouble?.kind === 'blackhole')
      await new Promise<void>(resolve => backend.heldBack.add(resolve))
    const { trouble } = backend
    if (trouble?.kind === 'delay')
      await new Promise(resolve => setTimeout(resolve, trouble.milliseconds))
    if (trouble?.kind === 'reset' && bytes >= trouble.afterBytes) onReset?.()
  }
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => void pass(chunk).then(() => done(null, chunk)),
  })
}
