import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/** A TLS connection on which anything can be said. */
export const dial = async (
  port: number,
  ca: string,
  options: ConnectionOptions = {},
): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, ca, ...options })
  await once(socket, 'secureConnect')
  return socket
}

export interface Heard {
  readonly text: string
  /** Whether the other side ended the connection; else it fell silent. */
  readonly isEnded: boolean
}

/** What comes back, until the connection ends or nothing came for so long. */
export const hear = (socket: TLSSocket, silenceMs = 1_000): Promise<Heard> =>
  new Promise(resolve => {
    let text = ''
    const end = (isEnded: boolean): void => {
      socket.destroy()
      resolve({ text, isEnded })
    }
    socket.setTimeout(silenceMs, () => end(false))
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
    })
    for (const event of ['end', 'close', 'error'] as const) socket.once(event, () => end(true))
  })

/** Says it on a connection of its own, and answers what came back. */
export const say = async (port: number, ca: string, words: string | Buffer): Promise<Heard> => {
  const socket = await dial(port, ca)
  const heard = hear(socket)
  socket.write(words)
  return heard
}

/** The status codes of the answers on a connection, in their order; nothing stands between two of them. */
export const statusesIn = ({ text }: Heard): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, status]) => Number(status))
