import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'

export interface Waiting {
  /** Closes the connections that have sent nothing; those still to come have little time left. */
  readonly end: () => void
}

/** Long enough for a request that follows its handshake at once, in milliseconds. */
const LAST_WAIT = 1000

/**
 * Connections reach the HTTP parser with their first byte. It gives them the time of a head from the moment
 * it gets them, which is far less than the API server keeps a connection that it has not used yet. Whoever
 * else wants to hear of connections has to listen after this.
 */
export const waitForFirstByte = (server: Server, unusedTime: number): Waiting => {
  const waiting = new Set<TLSSocket>()
  let wait = unusedTime
  const parse = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    const tooLate = () => socket.destroy()
    const gone = () => waiting.delete(socket)
    waiting.add(socket)
    socket.setTimeout(wait, tooLate)
    socket.once('close', gone)
    socket.once('readable', () => {
      waiting.delete(socket)
      socket.setTimeout(0).off('timeout', tooLate).off('close', gone)
      for (const listener of parse) Reflect.apply(listener, server, [socket])
    })
  })
  return {
    end: () => {
      wait = LAST_WAIT
      for (const socket of waiting) socket.destroy()
    },
  }
}
