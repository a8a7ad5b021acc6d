import { fastify } from 'fastify'

export interface MetricsPorts {
  readonly contentType: string
  readonly text: () => Promise<string>
}

/** GET /metrics over plain HTTP on a port of its own, away from the API server's. */
export const buildMetrics = ({ contentType, text }: MetricsPorts) => {
  const app = fastify()
  app.get('/metrics', async (_request, reply) => reply.type(contentType).send(await text()))
  return app
}
