import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'
import { pino } from 'pino'
import { Counter, Histogram, Registry } from 'prom-client'
import { constantAnswer } from './constant-answer.mjs'

/**
 * The floor by the libraries that gloo-istio is made with: it decides nothing and limits nothing, and tells of each
 * review what a webhook has to, in a line of log, a counter and two histograms. Usage: node libraries-server.mjs PORT CERT KEY
 */
const [, , port, cert, key] = process.argv

// 4 KiB by one call of the system: no logger that writes all it was told does it for less.
const log = pino({ base: null }, pino.destination({ minLength: 4096, sync: true }))
const registers = [new Registry()]
const reviews = new Counter({
  name: 'reviews_total',
  help: 'Reviews by what became of them',
  labelNames: ['kind', 'operation', 'outcome', 'reason'],
  registers,
})
const seconds = new Histogram({
  name: 'review_duration_seconds',
  help: 'Time a review took',
  labelNames: ['outcome'],
  registers,
})
const bytes = new Histogram({ name: 'body_bytes', help: 'Length of bodies', registers })

const OUTCOME = {
  outcome: 'mutated',
  reason: 'Enabled',
  message: 'a patch that is always the same',
}

const tell = ({ uid, kind: { kind }, operation, namespace, name, dryRun }, length, begun) => {
  const { outcome, reason } = OUTCOME
  const milliseconds = performance.now() - begun
  reviews.inc({ kind, operation, outcome, reason })
  seconds.observe({ outcome }, milliseconds / 1000)
  bytes.observe(length)
  log.info({ uid, kind, operation, namespace, name, dryRun, ...OUTCOME, milliseconds }, 'reviewed')
}

const app = fastify({ https: { cert: readFileSync(cert), key: readFileSync(key) } })
app.removeAllContentTypeParsers()
app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
  done(null, body),
)
app.get('/readyz', (_request, reply) => reply.send('ok'))
app.post('/mutate', ({ body }, reply) => {
  const begun = performance.now()
  const review = JSON.parse(body)
  tell(review.request, Buffer.byteLength(body), begun)
  return reply.send(constantAnswer(review))
})
await app.listen({ port: Number(port), host: '127.0.0.1' })
