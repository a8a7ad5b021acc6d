import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { reviewOf } from '../harness/build.ts'
import type { Live } from '../harness/live.ts'
import { operationsOf } from '../harness/patched.ts'
import { NAMES } from './stage.ts'

const CONFIGURATION = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMES.configuration}`

/** Makes those who ask replicas for reviews past the balancer; they trust what the API server does. */
export const reviewersOf = async ({ api }: Live) => {
  const { webhooks } = await api.request({ path: CONFIGURATION })
  const ca = Buffer.from(textAt(items(webhooks)[0], 'clientConfig', 'caBundle'), 'base64')
  return (port: number) => reviewerOn(port, ca)
}

/** Asks for reviews over one connection that is kept, as the API server does. */
const reviewerOn = (port: number, ca: Buffer) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  const sockets = new Set<unknown>()
  const send = (object: JsonObject): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const asked = { host: '127.0.0.1', port, path: '/mutate', method: 'POST', headers, agent }
      const sending = request({ ...asked, timeout: 10_000 }, response => {
        text(response).then(resolve, reject)
      })
      sending.on('socket', socket => sockets.add(socket))
      sending.on('timeout', () => sending.destroy(new Error('no answer in 10 s')))
      sending.on('error', reject).end(JSON.stringify(reviewOf(object)))
    })
  return {
    /** Whether it would be stored with an sslConfig; throws when there is no answer. */
    isFilled: async (object: JsonObject): Promise<boolean> => {
      const operations = operationsOf(JSON.parse(await send(object)))
      return operations.some(({ path }) => path === '/spec/sslConfig')
    },
    /** How many it dialled. */
    connections: () => sockets.size,
    close: () => agent.destroy(),
  }
}
