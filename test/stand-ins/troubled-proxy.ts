import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'

/** What comes back in place of the API server's answer. */
export interface Answer {
  readonly code: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What becomes of a request on its way to the API server. */
export type ApiTrouble =
  /** It does not get there, and this is answered. */
  | { readonly kind: 'answer'; readonly answer: (body: string) => Answer }
  /** Nothing passes, either way, until the trouble is over; what is under way is held back likewise. */
  | { readonly kind: 'hold' }
  /** It asks for something else. */
  | { readonly kind: 'query'; readonly query: Readonly<Record<string, string>> }

/** Looked at for each request, and for each piece of its answer. */
export type TroubleOf = (asked: Asked) => ApiTrouble | undefined

export interface Asked {
  readonly method: string
  readonly url: URL
}

export interface TroubledProxy {
  /** `https://localhost:6443`: a name, so that it can be lost. */
  readonly url: string
  readonly caFile: string
  /** All requests so far. */
  readonly asked: readonly Asked[]
  /** How many are held back at their beginning. */
  readonly held: () => number
  /** undefined ends it. */
  readonly trouble: (trouble: TroubleOf | undefined) => void
  /** Resets every connection. */
  readonly cut: () => void
  /** Of what is under way nothing comes back any more, not even an end: the other side of it is gone. */
  readonly deafen: () => void
  readonly stop: () => Promise<void>
}

interface Options {
  readonly url: string
  readonly caFile: string
  /** Where its authority goes. */
  readonly dir: string
  readonly name: string
}

/** A request, and whether its answer still comes back. */
interface Exchange extends Asked {
  isDeaf: boolean
}

const credentialsFor = async ({ dir, name }: Options) => {
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'authority of a proxy', ...life })
  const server = await issueCertificate(authority, {
    commonName: 'proxy',
    dnsNames: ['localhost'],
    usages: ['serverAuth'],
    ...life,
  })
  const caFile = join(dir, `${name}.ca.pem`)
  writeFileSync(caFile, authority.certPem)
  return { caFile, cert: server.certPem, key: server.keyPem }
}

/** Stands between one client and a real API server, and is the network and the API server at their worst. */
export const startTroubledProxy = async (options: Options): Promise<TroubledProxy> => {
  const { caFile, ...pair } = await credentialsFor(options)
  const agent = new Agent({ ca: readFileSync(options.caFile), keepAlive: true })
  const [sockets, exchanges, waiting] = [
    new Set<Socket>(),
    new Set<Exchange>(),
    new Set<() => void>(),
  ]
  const asked: Asked[] = []
  let [trouble, held]: [TroubleOf | undefined, number] = [undefined, 0]
  const untilFree = async (exchange: Exchange): Promise<void> => {
    while (trouble?.(exchange)?.kind === 'hold')
      await new Promise<void>(resolve => waiting.add(resolve))
  }
  const forward = (
    exchange: Exchange,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): void => {
    const { method, headers } = incoming
    const sending = request(exchange.url, { method, headers, agent }, answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders()
      answer.on('error', breakOff).pipe(passing(exchange, untilFree)).pipe(outgoing)
    })
    const breakOff = () => void (exchange.isDeaf || outgoing.destroy())
    sending.on('error', breakOff)
    outgoing.once('close', () => sending.destroy())
    incoming.pipe(sending)
  }
  const take = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', options.url)
    const exchange = { method: incoming.method ?? '', url, isDeaf: false }
    asked.push(exchange)
    exchanges.add(exchange)
    outgoing.once('close', () => exchanges.delete(exchange))
    held++
    await untilFree(exchange)
    held--
    const found = trouble?.(exchange)
    if (found?.kind === 'answer') return say(outgoing, found.answer(await text(incoming)))
    if (found?.kind === 'query')
      for (const [key, value] of Object.entries(found.query)) url.searchParams.set(key, value)
    forward(exchange, incoming, outgoing)
  }
  const server = createServer(pair, (incoming, outgoing) => void take(incoming, outgoing))
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const setTrouble = (next: TroubleOf | undefined): void => {
    trouble = next
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    caFile,
    asked,
    held: () => held,
    trouble: setTrouble,
    cut,
    deafen: () => {
      for (const exchange of exchanges) exchange.isDeaf = true
    },
    stop: async () => {
      setTrouble(undefined)
      server.close()
      cut()
      agent.destroy()
      await once(server, 'close')
    },
  }
}

const say = (outgoing: ServerResponse, { code, headers = {}, body }: Answer): void =>
  void outgoing
    .writeHead(code, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code }))

/** An answer on its way back, piece by piece. */
const passing = (exchange: Exchange, untilFree: (exchange: Exchange) => Promise<void>): Transform =>
  new Transform({
    transform: (chunk, _encoding, done) =>
      void untilFree(exchange).then(() => (exchange.isDeaf ? done() : done(null, chunk))),
    flush: done => {
      if (!exchange.isDeaf) done()
    },
  })
