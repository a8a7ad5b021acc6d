import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type Test, t } from 'tap'
import type { AdmissionReview } from '../../src/core/respond.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { BODY_LIMIT } from '../../src/server/admission.ts'
import { ENABLED, reviewOf, upstream } from '../harness/build.ts'
import { operationsOf } from '../harness/patched.ts'
import { ATTACK_INPUT } from './attack-input.ts'
import { type Answered, type Request, startAttacked } from './attacked.ts'
import { proveFaults } from './fault.ts'
import { dial, hear, say, statusesIn } from './raw.ts'

/** Is in each body that can hold it, and may be nowhere else. */
const SECRET = 'hunter2'

const server = await startAttacked(t)
const { port, ca, send, unmoved } = server

const text = (review: unknown): string => JSON.stringify(review)
const good = text(reviewOf(upstream()))

/** The same object, with what JSON.stringify would not write put in for a placeholder. */
const withRaw = (review: unknown, raw: string): string => text(review).replace('"RAW"', raw)

const annotated = (annotations: JsonObject, more: JsonObject = {}) =>
  upstream(more, { ...ENABLED, ...annotations })

const tellsNothing = (t: Test, { body }: Pick<Answered, 'body'>): void => {
  t.notMatch(body, SECRET)
  t.notMatch(body, /node_modules|\.[jt]s\b|\bat [\w.]+ \(/, 'no stack')
  t.notMatch(server.log(), SECRET)
  t.notMatch(server.log(), '"level":"error"')
}

/** A Status that kubectl shows. */
const isRefused = (t: Test, answer: Answered, status: number, name: string): string => {
  t.equal(answer.status, status)
  t.match(answer.headers['content-type'], 'application/json')
  const said = JSON.parse(answer.body)
  t.match(said, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status })
  t.match(said.message, name)
  tellsNothing(t, answer)
  return said.message
}

/** Sends each, and answers how much the server was held up by them. */
const refuses = async (
  t: Test,
  status: number,
  name: string,
  requests: readonly Request[],
): Promise<string> => {
  const held = await unmoved(async () => {
    for (const request of requests) isRefused(t, await send(request), status, name)
  })
  return `${requests.length} × ${status} ${name}; ${held}`
}

/** Sends each review, every one of which is to be answered as a review. */
const answers = async (
  t: Test,
  reviews: readonly (string | Buffer)[],
  check: (answer: AdmissionReview, at: number) => unknown,
  atMost?: number,
): Promise<string> => {
  const held = await unmoved(async () => {
    for (const [at, body] of reviews.entries()) {
      const answer = await send({ body })
      t.equal(answer.status, 200, answer.body.slice(0, 300))
      tellsNothing(t, answer)
      check(JSON.parse(answer.body), at)
    }
  }, atMost)
  return `${reviews.length} × 200; ${held}`
}

const headOf = (headers: string, path = '/mutate'): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n${headers}\r\n`

const CHUNK = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`, 'latin1')

/** Sends chunks until it is answered, and a few more until the connection ends if it is to be `patient`. */
const pourChunks = async (isPatient: boolean) => {
  const socket = await dial(port, ca)
  const heard = hear(socket, isPatient ? 40_000 : 1_000)
  const begin = Date.now()
  let [isAnswered, isOver, bytes] = [false, false, 0]
  socket.once('data', () => {
    isAnswered = true
  })
  void heard.then(() => {
    isOver = true
  })
  socket.write(headOf('Transfer-Encoding: chunked\r\n'))
  while (!isOver && !isAnswered) {
    bytes += 65_536
    if (!socket.write(CHUNK)) await Promise.race([sleep(100), heard])
  }
  while (isPatient && !isOver) {
    socket.write(CHUNK)
    await Promise.race([sleep(100), heard])
  }
  return { mebibytes: bytes / 2 ** 20, seconds: (Date.now() - begin) / 1000, heard: await heard }
}

const resident = async (): Promise<number> =>
  Number(/^process_resident_memory_bytes (\d+)/m.exec(await server.metrics())?.[1]) / 2 ** 20

proveFaults(t, ATTACK_INPUT, {
  'ATK-01': t =>
    refuses(t, 413, 'GLOO_ISTIO_ERR_TOO_LARGE', [
      { body: `"${SECRET}${'x'.repeat(BODY_LIMIT - SECRET.length - 1)}"` },
    ]),

  'ATK-02': async t => {
    const held = await unmoved(async () => {
      const { heard } = await pourChunks(false)
      t.strictSame(statusesIn(heard), [413])
      t.match(heard.text, /GLOO_ISTIO_ERR_TOO_LARGE/)
    })
    const before = await resident()
    const { mebibytes, seconds, heard } = await pourChunks(true)
    const grown = Math.max(0, (await resident()) - before)
    t.ok(heard.isEnded)
    t.ok(mebibytes < 32, `${mebibytes} MiB`)
    t.ok(seconds < 36, `${seconds} s`)
    t.ok(grown < 64, `${grown} MiB`)
    await server.reviewWell()
    const end = `the connection ended after ${seconds.toFixed(0)} s`
    return `413 once ${mebibytes.toFixed(1)} MiB were sent, ${end}, ${grown.toFixed(0)} MiB more memory; ${held}`
  },

  'ATK-03': async t => {
    const body = gzipSync(Buffer.alloc(256 * 2 ** 20))
    const before = await resident()
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const held = await unmoved(async () => {
      isRefused(t, await send({ body, headers }), 400, 'GLOO_ISTIO_ERR_NOT_JSON')
    })
    const grown = Math.max(0, (await resident()) - before)
    t.ok(grown < 64, `${grown} MiB`)
    return `400 GLOO_ISTIO_ERR_NOT_JSON, ${grown.toFixed(0)} MiB more memory; ${held}`
  },

  'ATK-04': t => {
    const types = ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'x', '/']
    const headers = [{}, ...types.map(type => ({ 'content-type': type }))]
    const requests = headers.map(headers => ({ headers, body: SECRET }))
    return refuses(t, 415, 'GLOO_ISTIO_ERR_MEDIA_TYPE', requests)
  },

  'ATK-05': t => refuses(t, 400, 'GLOO_ISTIO_ERR_NOT_JSON', [{ body: '' }, { body: ' \n' }]),

  'ATK-06': t => {
    const bodies = ['null', 'true', '1e999', `"${SECRET}"`]
    const requests = bodies.map(body => ({ body }))
    return refuses(t, 400, 'GLOO_ISTIO_ERR_NOT_ADMISSION_REVIEW', requests)
  },

  'ATK-07': t =>
    refuses(t, 400, 'GLOO_ISTIO_ERR_NOT_ADMISSION_REVIEW', [
      { body: `[${good},${good}]` },
      { body: '[]' },
    ]),

  'ATK-08': t => {
    const arrays = '['.repeat(100_000)
    const objects = '{"a":'.repeat(100_000)
    const closed = `${arrays}${']'.repeat(100_000)}`
    const within = withRaw(reviewOf(annotated({ [SECRET]: 'RAW' })), closed)
    const requests = [arrays, objects, closed, within].map(body => ({ body }))
    return refuses(t, 400, 'GLOO_ISTIO_ERR_TOO_DEEP', requests)
  },

  'ATK-09': t => {
    const first = `"uid":"${SECRET}","object":{"kind":"Secret","data":{"a":"${SECRET}"}},`
    const body = good.replace('"request":{', `"request":{${first}`)
    const contradicted = text(reviewOf(annotated({ x: 'y' }))).replace(
      '"gloo-istio.io/mtls":"enabled"',
      '"gloo-istio.io/mtls":"enabled","gloo-istio.io/mtls":"disabled"',
    )
    return answers(t, [body, contradicted], (answer, at) => {
      t.equal(answer.response.uid, 'a3e1')
      const paths = operationsOf(answer).map(({ path }) => path)
      t.equal(paths.includes('/spec/sslConfig'), at === 0)
    })
  },

  'ATK-10': async t => {
    const before = await server.reviewWell()
    const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const body = withRaw(reviewOf(annotated({ a: 'b' }, { status: 'RAW' })), poison)
    const bodies = [
      body,
      good.replace('"request":{', `"__proto__":${poison},"request":{"__proto__":${poison},`),
      good.replace('"annotations":{', `"annotations":{"__proto__":"${SECRET}","constructor":"x",`),
      good.replace('"kube":{', '"__proto__":{"sslConfig":{}},"kube":{"__proto__":{"x":1},'),
    ]
    const seen = await answers(t, bodies, answer => {
      const paths = operationsOf(answer).map(({ path }) => path)
      t.ok(paths.includes('/spec/sslConfig'), paths.join())
    })
    const withoutTime = (answer: unknown) => text(answer).replaceAll(/"patch":"[^"]*"/g, '')
    t.equal(withoutTime(await server.reviewWell()), withoutTime(before))
    t.notMatch(await server.metrics(), 'polluted')
    return seen
  },

  'ATK-11': t => {
    const strange = '\\ud800\\u0000\\udfff'
    const bodies = [
      good.replaceAll('default-details-9080', strange),
      good.replace('"annotations":{', `"annotations":{"${strange}":"${SECRET}",`),
      good.replace('"serviceName":"details"', `"serviceName":"${strange}"`),
      good.replace('"uid":"a3e1"', `"uid":"${strange}"`),
    ]
    return answers(t, bodies, answer => t.equal(answer.response.allowed, true))
  },

  'ATK-12': t => {
    const numbers = '[9007199254740993,-9223372036854775808,1e400,0.1e-400,-0]'
    const spec = { kube: { serviceName: 'details', serviceNamespace: 'default', weights: 'RAW' } }
    const body = withRaw(reviewOf(upstream({ spec })), numbers)
    return answers(t, [body], answer => {
      const operations = operationsOf(answer)
      t.strictSame(
        operations.map(({ path }) => path).filter(path => path.includes('kube')),
        [],
      )
      t.notMatch(text(operations), /weights|9007199254740992|null/)
    })
  },

  'ATK-13': async t => {
    const uid = '\u0000\r\n{"level":"fatal"}\u001b[2J\u2028\u202e'
    const seen = await answers(t, [text(reviewOf(upstream(), { uid }))], answer => {
      t.equal(answer.response.uid, uid)
    })
    const lines = server.log().trim().split('\n')
    for (const line of lines) t.ok(JSON.parse(line), 'a JSON object a line')
    t.notOk(server.log().includes('\u001b'), 'no terminal sequence')
    return seen
  },

  'ATK-14': t => {
    const secret = { apiVersion: 'v1', kind: 'Secret', data: { password: SECRET } }
    const kind = { group: 'gloo.solo.io', version: 'v1', kind: 'Upstream' }
    const named = { ...secret, apiVersion: 'gloo.solo.io/v1' }
    const requests = [secret, named].map(object => ({ body: text(reviewOf(object, { kind })) }))
    return refuses(t, 400, 'GLOO_ISTIO_ERR_INVALID_FIELD', requests)
  },

  'ATK-15': t => {
    const metadata = { name: 'x', namespace: 'default' }
    const objects = [
      { apiVersion: 'v1', kind: 'Pod', metadata, spec: { env: SECRET } },
      { apiVersion: 'v1', kind: 'Secret', metadata, data: { password: SECRET } },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata,
        webhooks: [],
      },
    ]
    const requests = objects.map(object => ({ body: text(reviewOf(object)) }))
    return refuses(t, 400, 'GLOO_ISTIO_ERR_UNEXPECTED_KIND', requests)
  },

  'ATK-16': async t => {
    const broken = Buffer.from(good.replace('details', '\u0001\u0002'), 'latin1')
    const bytes = Buffer.from(broken.map(byte => (byte === 1 ? 0xff : byte === 2 ? 0xc0 : byte)))
    const statuses = new Set<number>()
    const held = await unmoved(async () => {
      for (const body of [bytes, Buffer.from([0xff, 0xfe, 0x7b, 0x00]), Buffer.alloc(64, 0xed)]) {
        const answer = await send({ body })
        statuses.add(answer.status)
        t.ok(JSON.parse(answer.body))
        tellsNothing(t, answer)
      }
    })
    t.strictSame(
      [...statuses].toSorted((one, other) => one - other),
      [200, 400],
    )
    return `200 and 400; ${held}`
  },

  'ATK-17': t => {
    const many = Object.fromEntries(
      Array.from({ length: 40_000 }, (_, at) => [`key-${at}`, `a value of ${at}, and more`]),
    )
    const spec = {
      kube: { serviceName: 'details', serviceNamespace: 'default', servicePort: 9080 },
      discoveryMetadata: { labels: many },
    }
    const object = upstream({ spec })
    const oldObject = upstream({ spec: { ...spec, kube: { serviceName: 'old' } } })
    const body = text(reviewOf(object, { operation: 'UPDATE', oldObject }))
    t.ok(body.length > 3e6)
    // Half of it is JSON.parse, which nothing can interrupt.
    const isFilled = (answer: AdmissionReview) =>
      t.ok(operationsOf(answer).some(({ path }) => path === '/spec/sslConfig'))
    return answers(t, [body], isFilled, 250)
  },

  'ATK-18': async t => {
    // One of its own: it may not outlive this.
    const alone = await startAttacked(t)
    const timeouts = [
      '1'.repeat(15_000),
      `${`${'1'.repeat(1_800)}s`.repeat(8)}x`,
      '1s'.repeat(7_000),
    ]
    const held = await alone.unmoved(async () => {
      for (const timeout of timeouts) {
        const { status } = await alone.send({ path: `/mutate?timeout=${timeout}`, body: good })
        t.equal(status, 200)
      }
    })
    return `${timeouts.length} × 200; ${held}`
  },

  'ATK-19': async t => {
    const long = 'x'.repeat(65_536)
    const heads = [
      headOf(`X-Long: ${long}\r\n`),
      headOf(Array.from({ length: 1_000 }, (_, at) => `X-${at}: ${'y'.repeat(60)}\r\n`).join('')),
      headOf('', `/mutate?${long}`),
    ]
    const held = await unmoved(async () => {
      for (const head of heads) t.strictSame(statusesIn(await say(port, ca, head)), [431])
    })
    return `${heads.length} × 431; ${held}`
  },

  'ATK-20': async t => {
    const paths = ['//mutate', '/mutate/', '/./mutate', '/x/../mutate', '/%2e%2e/mutate']
    const more = ['/mutate%00', '/mutate%2f', '/MUTATE', '/%6dutate', '/<script>', '/%ff', '/*']
    const statuses = new Map<number, number>()
    const held = await unmoved(async () => {
      statuses.clear()
      for (const path of [...paths, ...more]) {
        const heard = await say(
          port,
          ca,
          `${headOf(`Content-Length: ${good.length}\r\n`, path)}${good}`,
        )
        const [status = 0] = statusesIn(heard)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        t.ok([200, 400, 404].includes(status), `${path}: ${status}`)
        t.match(heard.text, /content-type: application\/json/i, path)
        t.match(heard.text, status === 200 ? '"kind":"AdmissionReview"' : '"kind":"Status"', path)
        tellsNothing(t, { body: heard.text })
      }
    })
    const counts = [...statuses].map(([status, count]) => `${count} × ${status}`)
    return `${counts.join(', ')}; ${held}`
  },
})
