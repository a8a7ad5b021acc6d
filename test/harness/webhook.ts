import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generatedSource } from '../../src/certs/generated-source.ts'
import type { ReviewRecord } from '../../src/core/record.ts'
import type { Facts } from '../../src/core/types.ts'
import { buildWebhook, type WebhookPorts } from '../../src/server/app.ts'

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** The real webhook on a real socket, over TLS that the client verifies; `more` goes before what is told here. */
export const startWebhook = async (
  facts: Facts | (() => Facts),
  more: Partial<WebhookPorts> = {},
) => {
  const source = await generatedSource(['localhost', '127.0.0.1'], new Date())
  const records: ReviewRecord[] = []
  const causes: unknown[] = []
  const durations: number[] = []
  let notReady: string | undefined
  const app = buildWebhook({
    facts: typeof facts === 'function' ? facts : () => facts,
    time: () => '',
    certificate: source.current(),
    reviewed: () => {},
    record: (record, seconds, cause) => {
      durations.push(seconds)
      records.push(record)
      if (cause !== undefined) causes.push(cause)
    },
    notReady: () => notReady,
    ...more,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const ca = source.current().caPem
  return {
    app,
    port,
    ca,
    certificate: source.current(),
    records,
    causes,
    durations,
    setNotReady: (reason: string | undefined) => {
      notReady = reason
    },
    send: (sent: Sent) => send(port, ca, sent),
    close: () => app.close(),
  }
}

const send = (
  port: number,
  ca: string,
  { method = 'POST', path = '/mutate', headers, body }: Sent,
) =>
  new Promise<Answer>((resolve, reject) => {
    const json = { 'content-type': 'application/json' }
    const options = {
      host: '127.0.0.1',
      port,
      ca,
      method,
      path,
      headers: headers ?? json,
      agent: false,
    }
    const sending = request(options, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      )
    })
    sending.on('error', reject)
    sending.end(body)
  })
