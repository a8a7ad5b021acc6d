import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import {
  type Backend,
  backendOn,
  handOver,
  look,
  setTrouble,
  type Trouble,
} from './balancer-backend.ts'

export interface BackendCounts {
  /** Connections that were handed to it since it was added. */
  readonly opened: number
  readonly open: number
  /** Pieces of data that a black hole has swallowed, and would let go. */
  readonly heldBack: number
}

export interface Balancer {
  readonly port: number
  /** Endpoints come and go, as pods of a Service do. Connections that are open stay open. */
  readonly add: (name: string, port: number) => void
  readonly remove: (name: string) => void
  readonly has: (name: string) => boolean
  /** Whether it gets new connections: it said so by its /readyz, and not for long that it is not. */
  readonly isReady: (name: string) => boolean
  readonly counts: (name: string) => BackendCounts
  /** Connections that were reset, as nobody was ready or the backend did not take them. */
  readonly refused: () => number
  /** From now on, for connections that are open too; undefined ends it. */
  readonly trouble: (name: string, trouble: Trouble | undefined) => void
  readonly stop: () => Promise<void>
}

export interface BalancerOptions {
  /** Default: any that is free. */
  readonly port?: number
  /** Between two looks at a backend. Default: 500. */
  readonly intervalMs?: number
}

/**
 * A Service on 127.0.0.1: each new connection goes to the next backend that is ready. Like a Service it
 * looks at nothing above TCP, never asks another backend, and leaves open connections alone.
 */
export const startBalancer = async (options: BalancerOptions = {}): Promise<Balancer> => {
  const backends = new Map<string, Backend>()
  const named = (name: string): Backend => {
    const backend = backends.get(name)
    if (backend === undefined) throw new TypeError(`no backend is called ${name}`)
    return backend
  }
  let [turn, refused] = [0, 0]
  const take = async (client: Socket): Promise<void> => {
    const ready = [...backends.values()].filter(({ isReady }) => isReady)
    const backend = ready[turn++ % ready.length]
    if (backend !== undefined && (await handOver(client, backend))) return
    refused++
    client.resetAndDestroy()
  }
  const { port, close } = await listen(options.port ?? 0, take)
  const lookAtAll = (): void => backends.forEach(backend => void look(backend))
  const looking = setInterval(lookAtAll, options.intervalMs ?? 500)
  return {
    port,
    add: (name, at) => {
      const backend = backendOn(at)
      backends.set(name, backend)
      void look(backend)
    },
    remove: name => void backends.delete(name),
    has: name => backends.has(name),
    isReady: name => backends.get(name)?.isReady ?? false,
    counts: name => {
      const { opened, open, heldBack } = named(name)
      return { opened, open: open.size, heldBack: heldBack.size }
    },
    refused: () => refused,
    trouble: (name, trouble) => setTrouble(named(name), trouble),
    stop: () => {
      clearInterval(looking)
      return close()
    },
  }
}

const listen = async (port: number, take: (client: Socket) => unknown) => {
  const clients = new Set<Socket>()
  const server = createServer(client => {
    clients.add(client)
    client.once('close', () => clients.delete(client)).on('error', () => {})
    take(client)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    for (const client of clients) client.destroy()
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, close }
}
