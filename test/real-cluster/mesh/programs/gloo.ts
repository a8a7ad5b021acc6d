import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { ApiClient } from '../../../../src/cluster/api.ts'
import { fieldAt, items, textAt } from '../../../../src/core/json.ts'
import type { JsonObject } from '../../../../src/core/types.ts'
import { startGloo } from '../../../stand-ins/gloo.ts'

// The stand-in for Gloo's control plane as an image: it has Services of the cluster to resolve, and serves
// clusters by REST, where Gloo has its own (gloo@v1.22.1, Settings restXdsBindAddr).

const PORT = 9976
const TYPE = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
const LOOK_AGAIN_MS = 500

const kubeConfig = new KubeConfig()
kubeConfig.loadFromCluster()
const api = new ApiClient(kubeConfig)

const addresses = new Map<string, string>()
const lookUp = async (): Promise<void> => {
  const services = items((await api.request({ path: '/api/v1/services' }))['items'])
  for (const service of services) {
    const { name, namespace } = fieldAt(service, 'metadata') as Record<string, string>
    addresses.set(`${namespace}/${name}`, textAt(service, 'spec', 'clusterIP'))
  }
}

const resolve = (service: string, namespace: string, port: number) => {
  const host = addresses.get(`${namespace}/${service}`)
  if (host === undefined) throw new Error(`there is no Service ${namespace}/${service} yet`)
  return { host, port }
}

let [resources, version]: [unknown, number] = [[], 0]
const deliver = (clusters: JsonObject): JsonObject => {
  if (JSON.stringify(clusters['resources']) !== JSON.stringify(resources)) version++
  resources = clusters['resources']
  return clusters
}

const server = createServer((request, response) => {
  request.resume()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ version_info: `${version}`, type_url: TYPE, resources }))
})

await lookUp()
startGloo({
  kubeConfig,
  clustersFile: '/tmp/clusters.json',
  resolve,
  version: process.env['GLOO_VERSION'] ?? '',
  deliver,
})
server.listen(PORT, '0.0.0.0')
process.once('SIGTERM', () => process.exit())
for (;;) {
  await sleep(LOOK_AGAIN_MS)
  // An API server that is away: what was known goes on being true.
  await lookUp().catch(() => {})
}
