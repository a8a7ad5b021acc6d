import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Envoy's admin API as it is from inside of the pod: addresses of the pod's own network, which on this machine are
 * elsewhere, read as they do there. `port` is where Envoy has it, `addresses` lead from the pod's to ours.
 */
export const startAdmin = async (port: number, addresses: Readonly<Record<string, string>>) => {
  const inPod = (text: string): string =>
    Object.entries(addresses).reduce((known, [own, ours]) => known.replaceAll(ours, own), text)
  const server = createServer((request, response) => {
    fetch(`http://127.0.0.1:${port}${request.url}`).then(
      async answer => {
        const type = answer.headers.get('content-type') ?? 'text/plain'
        response.writeHead(answer.status, { 'content-type': type })
        response.end(inPod(await answer.text()))
      },
      () => response.destroy(),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
