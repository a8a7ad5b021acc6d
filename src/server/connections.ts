import type { Server } from 'node:https'
import type { Socket } from 'node:net'

export interface ConnectionLimits {
  readonly maxConnections: number
  /** Milliseconds; 0 is for ever. */
  readonly connectionAge: number
}

export interface ConnectionPorts extends ConnectionLimits {
  /** From 0 to 1. */
  readonly random: () => number
  /** Milliseconds, which only go forward. */
  readonly now: () => number
  /** Hears of a connection that was closed for want of room. */
  readonly dropped: () => void
}

export interface Connections {
  readonly count: () => number
  /** A review was answered on it, so it is not closed to make room. */
  readonly used: (socket: Socket) => void
  /** It is to be closed with its next answer, so that the API server dials anew and finds another replica. */
  readonly isOld: (socket: Socket) => boolean
  /** Closes all at once, whatever is under way. */
  readonly cut: () => void
}

interface Connection {
  readonly key: string
  readonly socket: Socket
  readonly oldAt: number
}

// TLS hides the socket below it, and both know who they speak with.
const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket) =>
  `${remoteAddress} ${remotePort} ${localAddress}`

/**
 * Keeps the open connections in number and in age. When there is no room for another one, that one goes on which
 * no review was answered and which has idled longest since it was opened or through its handshake: the API server is
 * in the midst of a handshake, or of its first review, for milliseconds, and would lose a write.
 */
export const superviseConnections = (server: Server, ports: ConnectionPorts): Connections => {
  // Those that have idled longest come first.
  const unused = new Map<string, Connection>()
  const used = new Map<string, Connection>()
  const all = [unused, used]
  const count = () => unused.size + used.size
  const makeRoom = (): boolean => {
    const [longest] = unused.values()
    if (longest === undefined) return false
    unused.delete(longest.key)
    longest.socket.destroy()
    return true
  }
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket)
    if (count() >= ports.maxConnections) {
      ports.dropped()
      if (!makeRoom()) return void socket.destroy()
    }
    const connection = { key, socket, oldAt: ports.now() + lifeOf(ports) }
    unused.set(key, connection)
    socket.once('close', () => {
      for (const some of all) if (some.get(key) === connection) some.delete(key)
    })
  })
  // Each request asks for its connection; who speaks with whom is asked but once.
  const secured = new WeakMap<Socket, Connection>()
  server.on('secureConnection', socket => {
    const connection = unused.get(keyOf(socket))
    if (connection === undefined) return
    unused.delete(connection.key)
    unused.set(connection.key, connection)
    secured.set(socket, connection)
  })
  return {
    count,
    used: socket => {
      const connection = secured.get(socket)
      if (connection && unused.delete(connection.key)) used.set(connection.key, connection)
    },
    isOld: socket => ports.now() >= (secured.get(socket)?.oldAt ?? Number.POSITIVE_INFINITY),
    cut: () => {
      for (const some of all) for (const { socket } of some.values()) socket.destroy()
    },
  }
}

// Connections are dialled together, in a burst, and must not all end together.
const lifeOf = ({ connectionAge, random }: ConnectionPorts): number =>
  connectionAge === 0 ? Number.POSITIVE_INFINITY : connectionAge * (0.9 + 0.2 * random())
