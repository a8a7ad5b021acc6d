import type { FastifyInstance } from 'fastify'

export interface HealthPorts {
  /** Why the webhook cannot take reviews yet; undefined when it can. */
  readonly notReady: () => string | undefined
}

/** /livez: the process turns. /readyz: it may be sent reviews. */
export const registerHealth = (app: FastifyInstance, { notReady }: HealthPorts): void => {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/readyz', (_request, reply) => {
    const reason = notReady()
    return reply
      .code(reason === undefined ? 200 : 503)
      .type('text/plain')
      .send(`${reason ?? 'ok'}\n`)
  })
}
