import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { ReviewError } from '../core/errors.ts'
import { strangenessOf } from './client-certificate.ts'
import type { InFlight, ShedReason } from './in-flight.ts'
import { RETRY_AFTER } from './refusal.ts'

export interface GatePorts {
  readonly inFlight: InFlight
  /** The common names of clients; undefined lets in whoever calls. */
  readonly clientNames: readonly string[] | undefined
  /** The largest body, in bytes. */
  readonly bodyLimit: number
  readonly shed: (reason: ShedReason) => void
}

/** Refuses, before a byte of the body is read, who may not call. */
export const refuseStrangers =
  ({ clientNames }: GatePorts): onRequestHookHandler =>
  (request, _reply, done) =>
    done(clientNames && strangenessOf(request.raw.socket, clientNames))

/** Refuses, before a byte of the body is read, what is too much at once. */
export const refuseTooMuch =
  ({ inFlight, bodyLimit, shed }: GatePorts): onRequestHookHandler =>
  (request, reply, done) => {
    const giveWay = () => request.raw.socket.destroy()
    const entered = inFlight.enter(bytesOf(request, bodyLimit), giveWay)
    if (typeof entered === 'function') {
      reply.raw.once('close', entered)
      return done()
    }
    shed(entered.reason)
    const values = { detail: entered.detail, seconds: RETRY_AFTER }
    done(new ReviewError('GLOO_ISTIO_ERR_BUSY', values))
  }

/** What the body may take: a length that is not told may be any, and no more than the limit is ever kept. */
const bytesOf = ({ headers }: FastifyRequest, bodyLimit: number): number => {
  if (headers['transfer-encoding'] !== undefined) return bodyLimit
  return Math.min(Number(headers['content-length'] ?? 0), bodyLimit)
}
