import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import type { Changes, Details, Status } from '../core/dashboard.ts'
import type { Way } from '../core/graph.ts'
import { EventStreams, eventOf } from './event-streams.ts'
import { guard, HEADERS, refuse } from './guard.ts'
import type { PageFile } from './page-files.ts'

export interface DashboardPorts {
  readonly status: () => Status
  readonly ways: () => readonly Way[]
  /** undefined when there is no such Upstream. */
  readonly details: (namespace: string, name: string) => Details | undefined
  readonly files: ReadonlyMap<string, PageFile>
  /** First part of every path. */
  readonly token: string
}

export interface Dashboard {
  readonly url: string
  /** How many pages are open. */
  readonly viewers: () => number
  readonly tellStatus: (status: Status) => void
  readonly tellChanges: (changes: Changes) => void
  /** At once: nobody waits for a page. */
  readonly close: () => Promise<void>
}

/** Not a setting: what is shown is for whoever sits here. */
const HOST = '127.0.0.1'
const CONNECTIONS_MAX = 128
/** The longest name of Kubernetes is 253 characters, and each may be written as three. */
const NAME_MAX = 1024

/** The page, what it is told, and nothing that could be written. Rejects for a port that is taken. */
export const openDashboard = async (ports: DashboardPorts, port: number): Promise<Dashboard> => {
  const streams = new EventStreams()
  const app = buildApp(ports, streams)
  app.server.maxConnections = CONNECTIONS_MAX
  await app.listen({ host: HOST, port })
  const { port: taken } = app.server.address() as AddressInfo
  return {
    url: `http://${HOST}:${taken}/${ports.token}/`,
    viewers: () => streams.count,
    tellStatus: status => streams.send(eventOf('status', status)),
    tellChanges: changes => streams.send(eventOf('changes', changes)),
    close: () => {
      streams.close()
      return app.close()
    },
  }
}

const buildApp = (ports: DashboardPorts, streams: EventStreams) => {
  const app = fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: NAME_MAX },
    frameworkErrors: (_error, _request, reply) => void refuse(reply, 400, 'no path is like this'),
  })
  const { token } = ports
  guard(app, { token, port: () => (app.server.address() as AddressInfo).port })
  const send = (name: string) => {
    const file = ports.files.get(name)
    return file && { type: file.type, body: file.body }
  }
  app.get(`/${token}/`, async (_, reply) => {
    const { type, body } = send('index.html') ?? { type: 'text/plain', body: '' }
    return reply.type(type).send(body)
  })
  app.get<{ Params: { file: string } }>(`/${token}/:file`, async ({ params }, reply) => {
    const file = send(params.file)
    return file ? reply.type(file.type).send(file.body) : reply.callNotFound()
  })
  app.get<{ Params: { namespace: string; name: string } }>(
    `/${token}/upstreams/:namespace/:name`,
    async ({ params }, reply) => {
      const details = ports.details(params.namespace, params.name)
      return (
        details ?? refuse(reply, 404, `no Upstream ${params.namespace}/${params.name} is known`)
      )
    },
  )
  app.get(`/${token}/events`, { exposeHeadRoute: false }, (_, reply) => {
    if (streams.isFull)
      return refuse(reply.header('retry-after', '5'), 503, 'too many pages are open: close some')
    reply.hijack()
    const all = { put: ports.ways(), gone: [] } satisfies Changes
    streams.add(reply.raw, HEADERS, [eventOf('status', ports.status()), eventOf('all', all)])
  })
  return app
}
