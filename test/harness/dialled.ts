import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A connection that is written on by hand. */
export interface Dialled {
  readonly socket: TLSSocket
  readonly write: (text: string) => void
  /** The next answer. Rejects when the connection ends first. */
  readonly answer: () => Promise<RawAnswer>
  /** Settles when the other side has closed it. */
  readonly closed: Promise<void>
  readonly isClosed: () => boolean
}

/** A TLS connection to this machine. Rejects when there is none. */
export const dial = async (
  port: number,
  ca: string,
  options: ConnectionOptions = {},
): Promise<Dialled> => {
  const socket = connect({ port, ca, host: '127.0.0.1', ...options })
  await once(socket, 'secureConnect')
  let received = ''
  let isClosed = false
  socket.setEncoding('utf8').on('data', chunk => {
    received += chunk
  })
  const closed = new Promise<void>(resolve => {
    socket.on('error', () => {})
    socket.on('close', () => {
      isClosed = true
      resolve()
    })
  })
  const answer = async (): Promise<RawAnswer> => {
    const [whole, parsed] = parse(received)
    if (parsed) {
      received = received.slice(whole)
      return parsed
    }
    if (isClosed) throw new Error(`closed after ${JSON.stringify(received)}`)
    await Promise.race([once(socket, 'data'), closed])
    return answer()
  }
  return { socket, write: text => socket.write(text), answer, closed, isClosed: () => isClosed }
}

/** The length of the first answer in a text, and the answer, once it is whole. */
const parse = (text: string): [number, RawAnswer | undefined] => {
  const end = text.indexOf('\r\n\r\n')
  const [start = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n')
  const headers = Object.fromEntries(
    lines.map(line => {
      const [name = '', value = ''] = line.split(': ')
      return [name.toLowerCase(), value]
    }),
  )
  const whole = end + 4 + Number(headers['content-length'] ?? 0)
  if (end < 0 || text.length < whole) return [0, undefined]
  return [whole, { status: Number(start.split(' ')[1]), headers, body: text.slice(end + 4, whole) }]
}

/** The head of a POST, as the API server sends it. */
export const headOf = (fields: string, path = '/mutate?timeout=10s'): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${fields}\r\n\r\n`

/** A whole POST. */
export const postOf = (body: string, path?: string): string =>
  headOf(`Content-Length: ${Buffer.byteLength(body)}`, path) + body

export const GET_LIVEZ = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'
export const GET_READYZ = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'
