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

/** In the order in which they are closed to make room; the last never are. */
const STAGES = ['dialling', 'unused', 'used'] as const
type Stage = (typeof STAGES)[number]

// TLS hides the socket below it, and both know who they speak with.
const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket) =>
  `${remoteAddress} ${remotePort} ${localAddress}`

/**
 * Keeps the open connections in number and in age. When there is no room for another one, the oldest goes on
 * which no review was answered: first of those that have not come through the TLS handshake, then of the rest.
 */
export const superviseConnections = (server: Server, ports: ConnectionPorts): Connections => {
  const stages: Readonly<Record<Stage, Map<string, Connection>>> = {
    dialling: new Map(),
    unused: new Map(),
    used: new Map(),
  }
  const all = STAGES.map(stage => stages[stage])
  const count = () => all.reduce((sum, { size }) => sum + size, 0)
  const move = ({ key }: Pick<Connection, 'key'>, from: Stage, to: Stage) => {
    const connection = stages[from].get(key)
    if (connection && stages[from].delete(key)) stages[to].set(key, connection)
    return connection
  }
  const makeRoom = (): boolean => {
    const oldest = firstOf(stages.dialling) ?? firstOf(stages.unused)
    if (oldest === undefined) return false
    for (const stage of all) stage.delete(oldest.key)
    oldest.socket.destroy()
    return true
  }
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket)
    if (count() >= ports.maxConnections) {
      ports.dropped()
      if (!makeRoom()) return void socket.destroy()
    }
    const connection = { key, socket, oldAt: ports.now() + lifeOf(ports) }
    stages.dialling.set(key, connection)
    socket.once('close', () => {
      for (const stage of all) if (stage.get(key) === connection) stage.delete(key)
    })
  })
  // Each request asks for its connection; who speaks with whom is asked but once.
  const secured = new WeakMap<Socket, Connection>()
  server.on('secureConnection', socket => {
    const connection = move({ key: keyOf(socket) }, 'dialling', 'unused')
    if (connection) secured.set(socket, connection)
  })
  return {
    count,
    used: socket => {
      const connection = secured.get(socket)
      if (connection) move(connection, 'unused', 'used')
    },
    isOld: socket => ports.now() >= (secured.get(socket)?.oldAt ?? Number.POSITIVE_INFINITY),
    cut: () => {
      for (const stage of all) for (const { socket } of stage.values()) socket.destroy()
    },
  }
}

// Connections are dialled together, in a burst, and must not all end together.
const lifeOf = ({ connectionAge, random }: ConnectionPorts): number =>
  connectionAge === 0 ? Number.POSITIVE_INFINITY : connectionAge * (0.9 + 0.2 * random())

const firstOf = (stage: Map<string, Connection>): Connection | undefined =>
  stage.values().next().value
