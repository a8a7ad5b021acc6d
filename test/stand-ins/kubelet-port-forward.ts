import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { KeyPair } from '../../src/certs/authority.ts'
import type { ApiClient } from '../../src/cluster/api.ts'
import { field, fieldAt, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

const PROTOCOL = 'v4.channel.k8s.io'

export interface PodPlace {
  readonly namespace: string
  readonly pod: string
}

export interface KubeletOptions {
  readonly serving: KeyPair
  /** On what port of this machine a port of a pod is; undefined when nothing listens there. */
  readonly portOf: (place: PodPlace, port: number) => number | undefined
}

const placeOf = (url: URL): PodPlace | undefined => {
  const [, namespace, pod] = /^\/portForward\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? []
  return namespace === undefined || pod === undefined ? undefined : { namespace, pod }
}

/** The kubelet says on both channels which port they are for, two bytes little-endian. */
const announce = (socket: WebSocket, channel: number, port: number) =>
  socket.send(Buffer.of(channel, port & 0xff, port >> 8))

/** Bytes of channel 0 to the port and back; what is wrong goes to channel 1. */
const forward = (socket: WebSocket, port: number, target: number | undefined, name: string) => {
  const [data, errors] = [0, 1]
  for (const channel of [data, errors]) announce(socket, channel, port)
  const onward = connect({ host: '127.0.0.1', port: target ?? 1 })
  onward.on('data', chunk => socket.send(Buffer.concat([Buffer.of(data), chunk])))
  onward.on('error', error => {
    const text = `error forwarding port ${port} to pod ${name}, uid : ${error.message}`
    socket.send(Buffer.concat([Buffer.of(errors), Buffer.from(text)]))
  })
  onward.on('close', () => socket.close())
  socket.on('message', (message: Buffer) => {
    if (message[0] === data) onward.write(message.subarray(1))
  })
  socket.on('close', () => onward.destroy())
}

/**
 * The kubelet's port forwarding by WebSocket, as the API server hands it on
 * (kubernetes@v1.37.2:pkg/kubelet/server/server_websocket_test.go); pods are ports of this machine.
 */
export const startPortForwarding = async ({ serving, portOf }: KubeletOptions) => {
  const server = createServer({ cert: serving.certPem, key: serving.keyPem })
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: protocols => (protocols.has(PROTOCOL) ? PROTOCOL : false),
  })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    const place = placeOf(url)
    const port = Number(url.searchParams.get('ports') ?? url.searchParams.get('port'))
    if (place === undefined || !Number.isInteger(port)) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, found =>
      forward(found, port, portOf(place, port), place.pod),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Makes the Node by which the API server finds its kubelet. */
export const joinNode = async (api: ApiClient, name: string, port: number): Promise<void> => {
  const path = '/api/v1/nodes'
  await api.request({ method: 'POST', path, body: { metadata: { name } } })
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  }
  await patchStatus(api, `${path}/${name}`, status)
}

/** A pod of a workload on a node, as its controller, the scheduler and the kubelet leave it. */
export const placePod = async (
  api: ApiClient,
  workload: unknown,
  { name, node, isReady = true }: { name: string; node: string; isReady?: boolean },
): Promise<void> => {
  const template = fieldAt(workload, 'spec', 'template')
  const recordAt = (key: string) => field(template, key) as JsonObject
  const path = `/api/v1/namespaces/${textAt(workload, 'metadata', 'namespace')}/pods`
  const body = {
    metadata: { ...recordAt('metadata'), name },
    spec: { ...recordAt('spec'), nodeName: node, automountServiceAccountToken: false },
  }
  await api.request({ method: 'POST', path, body })
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }]
  await patchStatus(api, `${path}/${name}`, { phase: 'Running', conditions })
}

const patchStatus = (api: ApiClient, path: string, status: JsonObject) =>
  api.request({
    method: 'PATCH',
    path: `${path}/status`,
    body: { status },
    contentType: 'application/merge-patch+json',
  })
