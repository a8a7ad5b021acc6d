import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import type { JsonObject } from '../../src/core/types.ts'

/** What a container wrote; `previous` is what the one before it did. */
export type LogOf = (pod: string, container: string, previous: boolean) => string

/**
 * Stands in for the kubelet where the API server asks it for logs (kubernetes@1.37.2:pkg/kubelet/server/server.go,
 * `/containerLogs/NAMESPACE/POD/CONTAINER`). Answers the Node by which the API server finds it.
 */
export const serveLogs = async (t: Test, node: string, logOf: LogOf): Promise<JsonObject> => {
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'kubelet of a test', ...life })
  const { certPem: cert, keyPem: key } = await issueCertificate(authority, {
    commonName: node,
    ipAddresses: ['127.0.0.1'],
    usages: ['serverAuth'],
    ...life,
  })
  const server = createServer({ cert, key }, ({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'https://localhost')
    const [, what, , pod = '', container = ''] = pathname.split('/')
    if (what !== 'containerLogs') return response.writeHead(404).end()
    const lines = logOf(pod, container, searchParams.get('previous') === 'true').split('\n')
    const tail = Number(searchParams.get('tailLines'))
    return response.end(lines.slice(-tail).join('\n'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  }
}
