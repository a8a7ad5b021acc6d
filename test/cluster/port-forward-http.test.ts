import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { type Test, t } from 'tap'
import { WebSocketServer } from 'ws'
import { ApiClient, ApiError } from '../../src/cluster/api.ts'
import { getFromPod } from '../../src/cluster/port-forward-http.ts'

const LIMITS = { time: 5_000, bytes: 1_000_000 }
const PATH = '/api/v1/namespaces/gloo-system/pods/pod-1/portforward?ports=19000'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

interface Shape {
  /** What the web server in the pod answers. */
  readonly pod?: Answer
  /** What the kubelet says instead of leading there. */
  readonly complaint?: string
  /** Whether anything is said after the connection is made. */
  readonly isSilent?: boolean
  /** What the API server answers instead. */
  readonly refusal?: number
}

const listen = async (t: Test, answer: Answer) => {
  const server = createServer(answer)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

const frame = (channel: number, bytes: string | Buffer) =>
  Buffer.concat([Buffer.of(channel), Buffer.from(bytes)])

/** An API server that leads to one pod, and the pod. */
const stage = async (t: Test, { pod = () => {}, complaint, isSilent, refusal }: Shape) => {
  const inside = await listen(t, pod)
  const status = JSON.stringify({ kind: 'Status', message: 'refused in words' })
  const { server, port } = await listen(t, (_, response) =>
    response.writeHead(refusal ?? 400).end(status),
  )
  const sockets = new WebSocketServer({ noServer: true })
  let open = 0
  server.on('upgrade', (request, socket, head) => {
    t.equal(request.url, PATH)
    if (refusal !== undefined) return socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`)
    sockets.handleUpgrade(request, socket, head, found => {
      open++
      const onward = connect(inside.port, '127.0.0.1')
      onward.on('error', () => {})
      found.on('close', () => {
        open--
        onward.destroy()
      })
      if (isSilent) return
      for (const channel of [0, 1]) found.send(frame(channel, Buffer.of(0x38, 0x4a)))
      if (complaint !== undefined) return found.send(frame(1, complaint))
      onward.on('data', chunk => found.send(frame(0, chunk)))
      onward.on('close', () => found.close())
      found.on('message', (message: Buffer) => onward.write(message.subarray(1)))
    })
  })
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'a', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
    users: [{ name: 'a' }],
    contexts: [{ name: 'a', cluster: 'a', user: 'a' }],
    currentContext: 'a',
  })
  const api = new ApiClient(kubeConfig)
  t.teardown(() => api.close())
  const target = { namespace: 'gloo-system', pod: 'pod-1', port: 19_000 }
  const ask = (limits = LIMITS) => getFromPod({ kubeConfig, api }, target, '/stats?a=b', limits)
  return { ask, open: () => open }
}

const untilClosed = async (open: () => number) => {
  while (open() > 0) await new Promise(resolve => setTimeout(resolve, 5))
}

t.test('an answer comes whole, and the connection is given up', async t => {
  const long = 'ä'.repeat(200_000)
  const pod: Answer = ({ url }, response) => response.writeHead(202).end(url + long)
  const { ask, open } = await stage(t, { pod })
  t.strictSame(await ask(), { status: 202, text: `/stats?a=b${long}` })
  await untilClosed(open)
})

t.test('what the kubelet says is the error', async t => {
  const { ask, open } = await stage(t, { complaint: 'connection refused' })
  await t.rejects(ask(), { message: 'connection refused' })
  await untilClosed(open)
})

t.test('an answer without end is given up', async t => {
  const pod: Answer = (_, response) => {
    response.on('drain', () => response.write('x'.repeat(10_000)))
    response.write('x'.repeat(1_000_000))
  }
  const { ask, open } = await stage(t, { pod })
  await t.rejects(ask({ ...LIMITS, bytes: 1000 }), {
    message: 'the pod answered with more than 1000 bytes',
  })
  await untilClosed(open)
})

for (const [what, shape] of [
  ['a pod', {}],
  ['a kubelet', { isSilent: true }],
] as const)
  t.test(`${what} that says nothing is given up`, async t => {
    const { ask, open } = await stage(t, shape)
    await t.rejects(ask({ ...LIMITS, time: 300 }), {
      message: 'pod pod-1 did not answer within 0.3 s',
    })
    await untilClosed(open)
  })

t.test('a pod that breaks off is an error', async t => {
  const { ask } = await stage(t, { pod: ({ socket }) => socket.destroy() })
  await t.rejects(ask(), { message: 'socket hang up' })
})

t.test('what the API server refuses in words, it is asked for', async t => {
  const { ask } = await stage(t, { refusal: 403 })
  await t.rejects(ask(), { constructor: ApiError, statusCode: 403, message: 'refused in words' })
})

t.test('what it refuses without words has the number', async t => {
  const { ask } = await stage(t, { refusal: 400 })
  await t.rejects(ask(), {
    message: 'the API server does not lead to pod pod-1: Unexpected server response: 400',
  })
})
