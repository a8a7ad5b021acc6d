import { type Agent, request } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

export interface Posted {
  /** 0 when the connection ended without an answer. */
  readonly status: number
  readonly retryAfter: string | undefined
}

const NO_ANSWER: Posted = { status: 0, retryAfter: undefined }
const GIVE_UP_MS = 60_000

const PIECE = 256 * 1024

const piecesOf = (body: Buffer): readonly Buffer[] =>
  Array.from({ length: Math.ceil(body.length / PIECE) }, (_, at) =>
    body.subarray(at * PIECE, (at + 1) * PIECE),
  )

/**
 * POSTs to /mutate; by a connection of its own when no agent is given. Of a body that is answered before it
 * was sent it sends no more, as the API server does.
 */
export const postTo = (
  port: number,
  text: string | Buffer,
  agent: Agent | false = false,
  type = 'application/json',
): Promise<Posted> =>
  new Promise(resolve => {
    const body = Buffer.from(text)
    const headers = { 'content-type': type, 'content-length': body.length }
    const asked = { host: '127.0.0.1', port, path: '/mutate', method: 'POST', headers }
    const options = { ...asked, agent, timeout: GIVE_UP_MS, rejectUnauthorized: false }
    const pieces = Readable.from(piecesOf(body), { objectMode: false })
    const sending = request(options, response => {
      const { statusCode: status = 0, headers: said } = response
      response.resume().once('close', () => {
        pieces.destroy()
        if (!sending.writableEnded) sending.destroy()
        resolve({ status, retryAfter: said['retry-after'] })
      })
    })
    sending.once('timeout', () => sending.destroy(new Error('no answer')))
    sending.once('error', () => resolve(NO_ANSWER))
    pieces.pipe(sending)
  })

/** A connection, and for how many seconds it has been open, or was. */
export interface Dialled {
  readonly socket: Socket
  readonly seconds: () => number
}

const dialled = (socket: Socket): Dialled => {
  const begin = performance.now()
  let end: number | undefined
  socket.on('error', () => {})
  socket.resume()
  socket.once('close', () => {
    end = performance.now()
  })
  return { socket, seconds: () => ((end ?? performance.now()) - begin) / 1000 }
}

/** A TCP connection on which nothing is said. */
export const dialTcp = async (port: number): Promise<Dialled> => {
  const dial = dialled(connectTcp({ host: '127.0.0.1', port }))
  await settled(dial.socket, 'connect')
  return dial
}

/** The same after a TLS handshake, if it came to that. */
export const dialTls = async (port: number): Promise<Dialled> => {
  const dial = dialled(connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }))
  await settled(dial.socket, 'secureConnect')
  return dial
}

const settled = (socket: Socket, event: string): Promise<void> =>
  new Promise(resolve => {
    for (const name of [event, 'close']) socket.once(name, () => resolve())
  })

/** So many at once, until there are `count`. */
export const many = async <Made>(
  count: number,
  atOnce: number,
  make: (at: number) => Promise<Made>,
): Promise<readonly Made[]> => {
  const all: Made[] = []
  let begun = 0
  const work = async (): Promise<void> => {
    while (begun < count) {
      all.push(await make(begun++))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return all
}

/** Says something, then a byte each second, until the connection ends. */
export const drip = async (port: number, first: string): Promise<Dialled> => {
  const dial = await dialTls(port)
  const { socket } = dial
  socket.write(first)
  void (async () => {
    while (!socket.destroyed && socket.writable) {
      await sleep(1_000)
      socket.write('x')
    }
  })()
  return dial
}

/** The head of a review whose body has this length. */
export const headOf = (length: number): string =>
  `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

/** Sends a review but for its last bytes. */
export const sendHalf = async (port: number, body: string) => {
  const { socket } = await dialTls(port)
  let heard = ''
  socket.on('data', chunk => {
    heard += chunk
  })
  socket.write(headOf(body.length) + body.slice(0, -10))
  const finish = async (): Promise<Posted> => {
    socket.write(body.slice(-10))
    while (!socket.destroyed && !/\r\n\r\n/.test(heard)) await sleep(10)
    socket.destroy()
    return { ...NO_ANSWER, status: Number(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? 0) }
  }
  return { finish, breakOff: () => void socket.destroy() }
}

export const untilAllEnded = async (all: readonly Dialled[], seconds: number): Promise<number> => {
  const deadline = performance.now() + seconds * 1000
  while (all.some(({ socket }) => !socket.destroyed)) {
    if (performance.now() > deadline) throw new Error(`connections are open after ${seconds} s`)
    await sleep(50)
  }
  return Math.max(...all.map(dial => dial.seconds()))
}
