import { Duplex, PassThrough, Writable } from 'node:stream'
import type { KubeConfig } from '@kubernetes/client-node'
// Not among its exports, but for this one module all of its models of objects would come along.
import { WebSocketHandler } from '@kubernetes/client-node/dist/web-socket-handler.js'
import type { ApiClient } from './api.ts'
import { isStatus } from './api-status.ts'

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string
  readonly pod: string
  readonly port: number
}

/** What leads to the pods of a cluster. */
export interface ForwardPorts {
  readonly kubeConfig: KubeConfig
  /** Asked why, when a connection is refused: the handshake of a WebSocket tells a number alone. */
  readonly api: Pick<ApiClient, 'request'>
}

/**
 * One connection to a port of a pod, by way of the API server and the kubelet as with `kubectl port-forward`.
 * The signal ends the attempt. Throws ApiError where the API server refuses; what the kubelet says when nobody
 * listens there is the error of the stream.
 */
export const forwardPort = async (
  ports: ForwardPorts,
  target: PodPort,
  signal: AbortSignal,
): Promise<Duplex> => {
  try {
    return await connect(ports, target, signal)
  } catch (cause) {
    signal.throwIfAborted()
    await askWhy(ports, target, signal)
    throw new Error(`the API server does not lead to pod ${target.pod}: ${textOf(cause)}`, {
      cause,
    })
  }
}

/** Channels of a connection: what goes to and fro, and what the kubelet has to complain of. */
const DATA = 0
/** Each begins with the number of the port; kubernetes-client/javascript@2.0.1:src/portforward.ts */
const PORT_BYTES = 2

const connect = async (
  { kubeConfig }: ForwardPorts,
  { namespace, pod, port }: PodPort,
  signal: AbortSignal,
): Promise<Duplex> => {
  const [incoming, outgoing] = [new PassThrough(), new PassThrough()]
  const stream = Duplex.from({ readable: incoming, writable: outgoing })
  // The kubelet may complain before anybody listens; `errored` keeps what it said.
  stream.on('error', () => {})
  const complaints = new Writable({
    write: (chunk, _encoding, done) => {
      if (chunk.length > 0) stream.destroy(new Error(String(chunk)))
      done()
    },
  })
  const channels = [incoming, complaints]
  const begun = new Set<number>()
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=${port}`
  const handler = new WebSocketHandler(withSignal(kubeConfig, signal))
  const socket = await handler.connect(path, null, (channel, content) => {
    channels[channel]?.write(begun.has(channel) ? content : content.subarray(PORT_BYTES))
    begun.add(channel)
    return true
  })
  WebSocketHandler.handleStandardInput(socket, outgoing, DATA)
  socket.addEventListener('close', () => incoming.end())
  if (stream.destroyed) socket.terminate()
  else stream.once('close', () => socket.terminate())
  return stream
}

/** The same request without an upgrade, which the API server refuses in words: at the latest for that (400). */
const askWhy = async (
  { api }: ForwardPorts,
  { namespace, pod, port }: PodPort,
  signal: AbortSignal,
): Promise<void> => {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/portforward`
  await api.request({ path, query: { ports: port }, signal }).catch(error => {
    if (!isStatus(error, 400)) throw error
  })
}

/** The handshake of a WebSocket is a request, and heeds a signal as any other. */
const withSignal = (kubeConfig: KubeConfig, signal: AbortSignal): KubeConfig => {
  const copy: KubeConfig = Object.create(kubeConfig)
  copy.applyToHTTPSOptions = async options => {
    await kubeConfig.applyToHTTPSOptions(options)
    Object.assign(options, { signal })
  }
  return copy
}

/** A WebSocket fails with an event, not with an error. */
const textOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : ''
