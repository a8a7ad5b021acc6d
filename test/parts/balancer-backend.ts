import { get } from 'node:https'
import { connect, type Socket } from 'node:net'
import { pipeline, Transform } from 'node:stream'

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
  isLookedAt: false,
  opened: 0,
  trouble: undefined,
  open: new Set(),
  heldBack: new Set(),
})

/** The chart's readinessProbe.timeoutSeconds. */
const PROBE_TIMEOUT_MS = 3_000

/** As the kubelet asks: over a connection of its own, whatever the certificate. */
export const answersReady = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const options = { rejectUnauthorized: false, agent: false, timeout: PROBE_TIMEOUT_MS }
    const probe = get(`https://127.0.0.1:${port}/readyz`, options, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    probe.once('timeout', () => probe.destroy(new Error('the probe timed out')))
    probe.once('error', () => resolve(false))
  })

/** One look at a time: an answer that comes late would count for more than the one after it. */
export const look = async (backend: Backend): Promise<void> => {
  if (backend.isLookedAt) return
  backend.isLookedAt = true
  backend.isReady = await answersReady(backend.port)
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
