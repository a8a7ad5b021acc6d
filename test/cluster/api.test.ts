import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { type Test, t } from 'tap'
import type { Limits } from '../../src/cluster/answer.ts'
import { ApiClient, type ApiError } from '../../src/cluster/api.ts'
import { type Answer, ApiEndpoint, failure } from '../stand-ins/api-endpoint.ts'

const path = '/apis/example.com/v1/things'
const SHORT: Limits = { silence: 150, length: 1000 }

const setUp = async (t: Test, limits?: Limits) => {
  const server = new ApiEndpoint()
  await server.listen()
  const api = new ApiClient(server.kubeConfig(), limits)
  t.teardown(() => {
    api.close()
    return server.close()
  })
  return { server, api }
}

/** Answers with what it is asked: method, some headers, body. */
const echo: Answer = async response => {
  const { method, headers, socket } = response.req
  const body = (await response.req.setEncoding('utf8').toArray()).join('')
  response.end(JSON.stringify({ method, headers, body, port: socket.remotePort }))
}

const begin = (response: ServerResponse, text: string) => {
  response.flushHeaders()
  response.write(text)
}

const read = async (lines: AsyncIterable<string>, seen: string[] = []) => {
  for await (const line of lines) seen.push(line)
  return seen
}

t.test('a request carries its query, its body and who asks', async t => {
  const { server, api } = await setUp(t)
  server.answerNext(echo, echo)
  const query = { limit: 5, watch: true, continue: undefined, labelSelector: 'a in (b, c)' }
  t.match(await api.request({ path, query }), {
    method: 'GET',
    headers: { authorization: 'Bearer secret', accept: 'application/json' },
    body: '',
  })
  t.equal(server.asked[0]?.pathname, path)
  t.strictSame(Object.fromEntries(server.asked[0]?.searchParams ?? []), {
    limit: '5',
    watch: 'true',
    labelSelector: 'a in (b, c)',
  })
  const contentType = 'application/merge-patch+json'
  t.match(await api.request({ path, method: 'PATCH', body: { é: 1 }, contentType }), {
    method: 'PATCH',
    headers: { 'content-type': contentType, 'user-agent': 'gloo-istio' },
    body: '{"é":1}',
  })
})

t.test('one connection does for one request after the other', async t => {
  const { server, api } = await setUp(t)
  server.answerNext(echo, echo)
  const first = await api.request({ path })
  t.equal((await api.request({ path }))['port'], first['port'])
})

t.test('credentials are asked for anew with each request', async t => {
  const { server } = await setUp(t)
  const kubeConfig = server.kubeConfig({}, {})
  let count = 0
  kubeConfig.addAuthenticator({
    isAuthProvider: () => true,
    applyAuthentication: async (_user, options) => {
      options.headers = { ...Object(options.headers), Authorization: `Bearer ${++count}` }
    },
  })
  const api = new ApiClient(kubeConfig)
  t.teardown(() => api.close())
  server.answerNext(echo, echo)
  t.match(await api.request({ path }), { headers: { authorization: 'Bearer 1' } })
  t.match(await api.request({ path }), { headers: { authorization: 'Bearer 2' } })
})

t.test('the proxy of the kubeconfig is used', async t => {
  const { server } = await setUp(t)
  let tunnels = 0
  const proxy = createServer((client: Socket) => {
    client.once('data', asked => {
      tunnels++
      const port = Number(/^CONNECT 127\.0\.0\.1:(\d+) /.exec(String(asked))?.[1])
      const target = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
      client.pipe(target).pipe(client)
      for (const socket of [client, target]) socket.on('error', () => {})
    })
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => proxy.close())
  const { port } = proxy.address() as AddressInfo
  const api = new ApiClient(server.kubeConfig({ proxyUrl: `http://127.0.0.1:${port}` }))
  server.answerNext(echo)
  t.match(await api.request({ path }), { method: 'GET' })
  t.equal(tunnels, 1)
})

t.test('a server of another authority is not believed', async t => {
  const { server } = await setUp(t)
  const api = new ApiClient(server.kubeConfig({ caData: '' }))
  await t.rejects(api.request({ path }), { message: /certificate/ })
})

t.test('a kubeconfig without a cluster is told', async t => {
  await t.rejects(new ApiClient(new KubeConfig()).request({ path }), { message: /no cluster/ })
})

const conflict = { reason: 'Conflict', message: 'somebody was faster' }
const failures: readonly [string, Answer, Partial<ApiError>][] = [
  ['a Status', failure(409, conflict), { statusCode: 409, ...conflict, retryAfter: undefined }],
  [
    'Retry-After',
    failure(429, {}, { 'retry-after': '7' }),
    { statusCode: 429, retryAfter: 7, reason: '' },
  ],
  [
    'the details of a Status',
    failure(504, { details: { retryAfterSeconds: 3 } }),
    { retryAfter: 3 },
  ],
  [
    'something else than JSON',
    response => response.writeHead(502).end('<html>'),
    { statusCode: 502, message: 'the API server answered 502' },
  ],
]
for (const [title, answer, expected] of failures)
  t.test(`a failure with ${title} is told, and the connection stays`, async t => {
    const { server, api } = await setUp(t)
    server.answerNext(answer, answer, echo)
    await t.rejects(api.request({ path }), { name: 'ApiError', ...expected })
    await t.rejects(read(api.lines({ path })), { name: 'ApiError', ...expected })
    t.match(await api.request({ path }), { method: 'GET' })
  })

t.test('warnings are heard, of a failure too', async t => {
  const { server, api } = await setUp(t)
  const warnings: string[] = []
  const onWarning = (text: string) => warnings.push(text)
  server.answerNext(
    response => response.setHeader('Warning', '299 - "one"').end('{}'),
    failure(409, conflict, { warning: '299 - "two"' }),
  )
  await api.request({ path, onWarning })
  await t.rejects(api.request({ path, onWarning }), { message: conflict.message })
  t.strictSame(warnings, ['one', 'two'])
})

t.test('how each request went is told, without what was said in it', async t => {
  const { server } = await setUp(t)
  const told: unknown[] = []
  const api = new ApiClient(server.kubeConfig(), undefined, { onAnswered: one => told.push(one) })
  t.teardown(() => api.close())
  server.answerNext(echo, failure(409, conflict), response => response.socket?.destroy())
  await api.request({ path, method: 'PATCH', body: { password: 'x' }, query: { token: 'x' } })
  await t.rejects(api.request({ path }))
  await t.rejects(api.request({ path }))
  t.match(told, [
    { method: 'PATCH', path, outcome: '200', milliseconds: Number },
    { method: 'GET', path, outcome: '409' },
    { method: 'GET', path, outcome: 'ECONNRESET' },
  ])
  t.strictSame(Object.keys(Object(told[0])), ['method', 'path', 'outcome', 'milliseconds'])
  await t.rejects(
    new ApiClient(new KubeConfig(), undefined, { onAnswered: one => told.push(one) }).request({
      path,
    }),
  )
  t.match(told.at(-1), { outcome: 'the kubeconfig names no cluster' })
})

t.test('an answer that is no JSON is an error', async t => {
  const { server, api } = await setUp(t)
  server.answerNext(response => response.end('<html>'))
  await t.rejects(api.request({ path }), SyntaxError)
})

const silent: readonly [string, Answer][] = [
  ['before it answers', () => {}],
  ['in the middle of a body', response => begin(response, '{"a":')],
  ['in the middle of a failure', response => begin(response.writeHead(500), '{"a":')],
]
for (const [title, answer] of silent)
  t.test(`a server that falls silent ${title} is given up`, async t => {
    const { server, api } = await setUp(t, SHORT)
    server.answerNext(answer)
    await t.rejects(api.request({ path }), { message: /said nothing for 0.15 s/ })
  })

t.test('a body may take longer, as long as it comes', async t => {
  const { server, api } = await setUp(t, SHORT)
  server.answerNext(async response => {
    begin(response, '{"a":')
    for (let count = 0; count < 4; count++) {
      await sleep(SHORT.silence / 2)
      response.write(' ')
    }
    response.end('1}')
  })
  t.strictSame(await api.request({ path }), { a: 1 })
})

t.test('lines come as they are sent, whatever the chunks', async t => {
  const { server, api } = await setUp(t)
  const euro = Buffer.from('€', 'utf8')
  server.answerNext(async response => {
    for (const chunk of [
      'one\ntw',
      'o\n\u2028 is no end\n',
      euro.subarray(0, 1),
      euro.subarray(1),
    ]) {
      response.write(chunk)
      await sleep(10)
    }
    response.end('\nlast')
  })
  t.strictSame(await read(api.lines({ path })), ['one', 'two', '\u2028 is no end', '€', 'last'])
})

t.test('that the lines begin is told before the first, and they may be silent', async t => {
  const { server, api } = await setUp(t, SHORT)
  const seen: string[] = []
  server.answerNext(async response => {
    response.flushHeaders()
    await sleep(3 * SHORT.silence)
    response.end('late\n')
  })
  await read(
    api.lines({ path }, () => seen.push('answered')),
    seen,
  )
  t.strictSame(seen, ['answered', 'late'])
})

t.test('lines that break off throw, after all that came whole', async t => {
  const { server, api } = await setUp(t)
  const seen: string[] = []
  for (const hangUp of [
    (response: ServerResponse) => response.socket?.destroy(),
    () => server.resetConnections(),
  ]) {
    server.answerNext(async response => {
      begin(response, 'whole\nhal')
      await sleep(50)
      hangUp(response)
    })
    await t.rejects(read(api.lines({ path }), seen), { code: 'ECONNRESET' })
  }
  t.strictSame(seen, ['whole', 'whole'])
})

t.test('a connection that is lost while it is idle harms nobody', async t => {
  const { server, api } = await setUp(t)
  server.answerNext(response => {
    response.end('{}', () => response.socket?.destroySoon())
  }, echo)
  await api.request({ path })
  await sleep(50)
  t.match(await api.request({ path }), { method: 'GET' })
})

t.test('who sends without end is cut off', async t => {
  const { server, api } = await setUp(t, SHORT)
  const endless: Answer = response => {
    const more = setInterval(() => response.write('x'.repeat(300)), 1)
    response.once('close', () => clearInterval(more))
  }
  server.answerNext(endless, endless)
  await t.rejects(api.request({ path }), RangeError)
  await t.rejects(read(api.lines({ path })), RangeError)
  server.answerNext(response => response.end(`${'x'.repeat(600)}\n`.repeat(5)))
  t.equal((await read(api.lines({ path }))).length, 5, 'many lines may be longer together')
})

const waiting: readonly [string, Answer][] = [
  ['before the answer', () => {}],
  ['in the middle of the answer', response => begin(response, 'x')],
]
for (const [title, answer] of waiting)
  t.test(`a signal gives up ${title}, and the connection is closed`, async t => {
    const { server, api } = await setUp(t)
    const reason = new Error('enough')
    const ask: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      signal => api.request({ path, signal }),
      signal => read(api.lines({ path, signal })),
    ]
    for (const askWith of ask) {
      const closed = new Promise<void>(resolve => {
        server.answerNext(response => {
          response.once('close', resolve)
          answer(response)
          setTimeout(() => abort.abort(reason), 50)
        })
      })
      const abort = new AbortController()
      await t.rejects(askWith(abort.signal), reason)
      await closed
    }
  })

t.test('a signal that is aborted already asks for nothing', async t => {
  const { server, api } = await setUp(t)
  const reason = new Error('enough')
  await t.rejects(api.request({ path, signal: AbortSignal.abort(reason) }), reason)
  await t.rejects(read(api.lines({ path, signal: AbortSignal.abort(reason) })), reason)
  t.equal(server.asked.length, 0)
})

t.test('who leaves the lines closes their connection', async t => {
  const { server, api } = await setUp(t)
  const closed = new Promise<void>(resolve => {
    server.answerNext(response => {
      response.once('close', resolve)
      begin(response, 'one\ntwo\n')
    })
  })
  for await (const line of api.lines({ path })) {
    t.equal(line, 'one')
    break
  }
  await closed
})
