import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'

const PATIENCE_MS = 10_000

/** How the service refuses a client that shows no certificate; or what it answers. */
const outcomeOf = (begin: typeof getPlain, url: string): Promise<string> =>
  new Promise(resolve => {
    const options = { agent: false, rejectUnauthorized: false, timeout: PATIENCE_MS }
    const asking = begin(url, options, response => {
      response.resume()
      resolve(`HTTP ${response.statusCode}`)
    })
    asking.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
    asking.once('timeout', () => asking.destroy(new Error('no answer')))
  })

/** Without TLS. */
export const askPlainly = (address: string) => outcomeOf(getPlain, `http://${address}/details/1`)

/** By TLS, without a certificate of its own, whatever that of the service. */
export const askSecurely = (address: string) =>
  outcomeOf(getSecure as typeof getPlain, `https://${address}/details/1`)
