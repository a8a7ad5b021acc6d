import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { text } from 'node:stream/consumers'

const PATIENCE_MS = 10_000

/**
 * How the service refuses a client that shows no certificate, by TLS or without; or what it answers. Where the API
 * server asks for us, how it was refused.
 */
export const askAsOutsider = (service: string): Promise<string> =>
  new Promise(resolve => {
    const begin = service.startsWith('https:') ? (getSecure as typeof getPlain) : getPlain
    const options = { agent: false, rejectUnauthorized: false, timeout: PATIENCE_MS }
    const asking = begin(`${service}/details/1`, options, response => {
      const told = (body: string) => resolve(`HTTP ${response.statusCode}: ${body}`)
      text(response).then(told, error => told(String(error)))
    })
    asking.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
    asking.once('timeout', () => asking.destroy(new Error('no answer')))
  })
