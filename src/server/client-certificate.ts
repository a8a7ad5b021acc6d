import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { ReviewError } from '../core/errors.ts'

const faults = new WeakMap<Socket, string | undefined>()

/**
 * What to answer a caller who has not shown a certificate of the authority of clients with one of these common
 * names; none is any. undefined when all is well.
 */
export const strangenessOf = (
  socket: Socket,
  names: readonly string[],
): ReviewError | undefined => {
  // It cannot change while the connection lasts: renegotiation is off.
  if (!faults.has(socket)) faults.set(socket, faultOf(socket, names))
  const detail = faults.get(socket)
  return detail === undefined
    ? undefined
    : new ReviewError('GLOO_ISTIO_ERR_FORBIDDEN_CLIENT', { detail })
}

/** What is wrong with the caller, as the sentence of the error goes on. */
const faultOf = (socket: Socket, names: readonly string[]): string | undefined => {
  if (!(socket instanceof TLSSocket)) return 'speaks no TLS'
  const { subject } = socket.getPeerCertificate()
  if (subject === undefined) return 'showed no certificate'
  if (!socket.authorized)
    return `showed a certificate that does not hold (${socket.authorizationError})`
  const name: unknown = subject.CN
  // Of several common names none is the name.
  if (typeof name !== 'string') return 'showed a certificate without one common name'
  if (names.length > 0 && !names.includes(name))
    return `is called ${JSON.stringify(name)}, which is not among the names`
  return undefined
}
