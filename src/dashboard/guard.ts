import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** On every answer, also on those that refuse. */
export const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const

const METHODS = ['GET', 'HEAD']

export interface Guarded {
  /** First part of every path: others on this machine do not know it. */
  readonly token: string
  readonly port: () => number
}

/** Nothing but reading, by whoever has the address, and by a name of this machine alone. */
export const guard = (app: FastifyInstance, guarded: Guarded): void => {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    const refused = refusalOf(request, guarded)
    if (refused === undefined) return
    const [code, message, headers = {}] = refused
    return refuse(reply.headers(headers), code, message)
  })
  app.setNotFoundHandler((_, reply) => refuse(reply, 404, 'there is nothing here'))
}

export const refuse = (reply: FastifyReply, code: number, message: string): FastifyReply =>
  reply
    .code(code)
    .headers(HEADERS)
    .type('text/plain; charset=utf-8')
    .send(`gloo-istio: ${message}\n`)

type Refused = readonly [number, string, Readonly<Record<string, string>>?]

// A page on the web can point a name of its own at 127.0.0.1, and have a browser on this machine read the answer.
const refusalOf = (
  { method, headers, url }: FastifyRequest,
  { token, port }: Guarded,
): Refused | undefined => {
  const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`]
  if (!hosts.includes(headers.host?.toLowerCase() ?? ''))
    return [403, `ask by the name ${hosts.join(' or ')}`]
  if (!METHODS.includes(method)) return [405, 'it can only be read', { allow: METHODS.join(', ') }]
  const [, first = ''] = url.split('/')
  return isEqual(first, token)
    ? undefined
    : [404, 'open the whole address that gloo-istio dashboard has printed']
}

const isEqual = (one: string, other: string): boolean => {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}
