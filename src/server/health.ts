import type { FastifyInstance } from 'fastify'

export interface HealthPorts {
  /** Why the webhook cannot take reviews yet, as a sentence; undefined when it can. */
  readonly notReady: () => Promise<string | undefined> | string | undefined
}

/** /livez: the process turns. /readyz: it may be sent reviews; not so once it drains. */
export const registerHealth = (
  app: FastifyInstance,
  { notReady }: HealthPorts,
  isDraining: () => boolean,
): void => {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'))
  app.get('/readyz', async (_request, reply) => {
    const reason = isDraining() ? 'draining' : await reasonOf(notReady)
    return reply
      .code(reason === undefined ? 200 : 503)
      .type('text/plain')
      .send(`${reason ?? 'ok'}\n`)
  })
}

const reasonOf = async (notReady: HealthPorts['notReady']): Promise<string | undefined> => {
  try {
    return await notReady()
  } catch (error) {
    return `it cannot be told: ${error instanceof Error ? error.message : String(error)}`
  }
}
