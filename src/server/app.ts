import { fastify } from 'fastify'
import { type AdmissionPorts, BODY_LIMIT, registerAdmission } from './admission.ts'
import { type HealthPorts, registerHealth } from './health.ts'
import { type KeyPair, tlsOptions } from './tls.ts'

export interface WebhookPorts extends AdmissionPorts, HealthPorts {
  readonly certificate: KeyPair
}

// The API server keeps idle connections for 90 s; closing earlier would lose a review on its way
// (kubernetes@v1.37.2:staging/src/k8s.io/apimachinery/pkg/util/net/http.go, Go's default transport).
const KEEP_ALIVE_MS = 100_000
// The API server gives up after 30 s at most (timeoutSeconds of a webhook).
const REQUEST_MS = 30_000

/** The webhook over HTTPS, ready to listen. */
export const buildWebhook = (ports: WebhookPorts) => {
  const app = fastify({
    https: tlsOptions(ports.certificate),
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    // A review that arrives while we close is still answered.
    return503OnClosing: false,
  })
  registerAdmission(app, ports)
  registerHealth(app, ports)
  return app
}

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
