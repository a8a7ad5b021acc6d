import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { t } from 'tap'
import { warningsIn } from '../../src/cluster/warnings.ts'

/** What a client hears of an answer with these headers. */
const heard = async (warning: string | string[] | undefined): Promise<readonly string[]> => {
  const server = createServer((_request, response) => {
    if (warning !== undefined) response.setHeader('Warning', warning)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [answer] = (await once(get({ port, agent: false }), 'response')) as [IncomingMessage]
  answer.resume()
  server.close()
  return warningsIn(answer)
}

/** The bytes of UTF-8, as Node wants them in a header. */
const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

// header | texts
const cases: readonly [string, string | string[] | undefined, readonly string[]][] = [
  ['none', undefined, []],
  ['one', '299 - "gloo-istio: no"', ['gloo-istio: no']],
  ['several headers', ['299 - "one"', '299 - "two"'], ['one', 'two']],
  ['several in one header', '299 - "one, and", 299 proxy "two"', ['one, and', 'two']],
  ['quotes and backslashes', String.raw`299 - "use \"a\" or \\"`, ['use "a" or \\']],
  ['UTF-8', utf8('299 - "Envoy’s …"'), ['Envoy’s …']],
  ['something else', 'mind the gap', []],
]
for (const [title, header, texts] of cases)
  t.test(`warnings: ${title}`, async t => {
    t.strictSame(await heard(header), texts)
  })
