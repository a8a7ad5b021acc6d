import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * Says `Connection: close` with the answer where `isLast` says so. An answer that overtakes the body of its
 * request never ends the connection: the client, still writing, would be reset and never read the answer.
 * The rest of the body is read and forgotten then, for as long as a request may take.
 */
export const endConnections = (
  app: FastifyInstance,
  isLast: (request: FastifyRequest) => boolean,
): void => {
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isOvertaking(request)) {
      reply.removeHeader('connection')
      reply.raw.removeHeader('connection')
      reply.raw.shouldKeepAlive = true
    } else if (isLast(request)) reply.header('connection', 'close')
    done()
  })
}

// The parser says that a request is complete only after its head was answered, even when there is no body.
const isOvertaking = ({ raw, headers }: FastifyRequest): boolean =>
  !raw.complete &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
