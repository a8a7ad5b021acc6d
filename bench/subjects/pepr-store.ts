import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'

const COLLECTION = 'peprstores'

const storeOf = (name: string) => ({
  apiVersion: 'pepr.dev/v1',
  kind: 'PeprStore',
  metadata: { namespace: 'pepr-system', name, uid: name, resourceVersion: '1', labels: {} },
  data: {},
})

const answer: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://example.com')
  if (searchParams.get('watch') === 'true') return response.flushHeaders()
  const name = pathname.split('/').at(-1) ?? ''
  const listed = searchParams.get('fieldSelector')?.replace('metadata.name=', '') ?? ''
  const list = {
    kind: 'PeprStoreList',
    metadata: { resourceVersion: '1' },
    items: [storeOf(listed)],
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(name === COLLECTION ? list : storeOf(name)))
}

/**
 * What Pepr wants of an API server before it takes reviews: its own store, which is always there and stays
 * empty. Answers with a kubeconfig, and ends with this process.
 */
export const peprStore = async (): Promise<string> => {
  const server = createServer(answer).unref()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    // Without TLS, client-node wants to be told that nothing is verified.
    { name: 'store', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'store' },
  )
  return config.exportConfig()
}
