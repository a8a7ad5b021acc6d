import { X509Certificate } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'

/** What a process knows of itself; what it knows nothing of is undefined, and left out. */
export interface DebugStatus {
  readonly version: string
  readonly uptimeSeconds: number
  /** `observe`, `warn` or `inject`. */
  readonly stage: string
  readonly isReady: boolean
  /** Why it is not ready. */
  readonly notReady?: string | undefined
  readonly isBundleInSync?: boolean | undefined
  readonly isLeader?: boolean | undefined
  /** Objects that wait to be looked at or written. */
  readonly backlog?: number | undefined
  /** Since the API server was last heard of, by what is watched. */
  readonly watchStalenessSeconds?: Readonly<Record<string, number>> | undefined
  /** How many objects the snapshot holds, by collection. */
  readonly objects?: Readonly<Record<string, number>> | undefined
  readonly reviewsInFlight: number
}

export interface DebugPorts {
  readonly status: () => DebugStatus | Promise<DebugStatus>
  /** The certificates in use, each as PEM; of a bundle, the first is told of. */
  readonly certificates: () => Readonly<Record<'serving' | 'authority', string | undefined>>
  /** The configuration as it was parsed. It holds no secret. */
  readonly configuration: () => object
}

export interface Debug {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Not a setting: whoever wants it from afar has to be let in by `kubectl port-forward`. */
const HOST = '127.0.0.1'
const PATHS = ['/debug/status', '/debug/config'] as const

/** GET /debug/status and /debug/config over plain HTTP, for this machine alone. Rejects for a port that is taken. */
export const openDebug = async (ports: DebugPorts, port: number): Promise<Debug> => {
  const app = buildDebug(ports)
  await app.listen({ host: HOST, port })
  const { port: taken } = app.server.address() as AddressInfo
  return { url: `http://${HOST}:${taken}`, close: () => app.close() }
}

const buildDebug = ({ status, certificates, configuration }: DebugPorts) => {
  const app = fastify({ forceCloseConnections: true, exposeHeadRoutes: false })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (!isLocal(request.headers.host))
      return reply.code(403).send(saying('ask by the name localhost or 127.0.0.1'))
  })
  app.get(PATHS[0], async () => ({ ...(await status()), certificates: described(certificates()) }))
  app.get(PATHS[1], async () => configuration())
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(saying(`there is GET ${PATHS.join(' and GET ')}`)),
  )
  return app
}

const saying = (message: string) => ({ message: `gloo-istio: ${message}` })

// A page on the web can point a name of its own at 127.0.0.1 and have a browser on this machine read the answer.
const isLocal = (host = ''): boolean => /^(localhost|127\.0\.0\.1)(:\d+)?$/i.test(host)

const described = (certificates: ReturnType<DebugPorts['certificates']>) =>
  Object.fromEntries(
    Object.entries(certificates).map(([role, pem]) => [role, pem && describe(pem)]),
  )

/** A certificate without its key, even where the text holds one. */
const describe = (pem: string) => {
  const certificate = new X509Certificate(pem)
  return {
    serialNumber: certificate.serialNumber,
    subject: certificate.subject,
    names: certificate.subjectAltName,
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    fingerprint256: certificate.fingerprint256,
  }
}
