import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { createAuthority, issueCertificate, type KeyPair } from '../../src/certs/authority.ts'
import type { AdmissionReview } from '../../src/core/respond.ts'
import { reviewOf, upstream } from '../harness/build.ts'
import { eventually } from '../harness/live.ts'
import { operationsOf } from '../harness/patched.ts'
import { answersReady } from '../parts/balancer-backend.ts'
import { freePort } from '../parts/ports.ts'
import { waitUntilReady } from '../parts/processes.ts'
import { type ServeProcess, startServe } from '../parts/serve-process.ts'
import { allowed } from './allowed.ts'

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Request {
  /** Default: POST. */
  readonly method?: string
  /** Default: /mutate. */
  readonly path?: string
  /** Default: the Content-Type of JSON. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Attacked {
  readonly dir: string
  readonly port: number
  readonly metricsPort: number
  /** PEM of the authority of its certificate. */
  readonly ca: string
  readonly process: ServeProcess
  /** All that it ever wrote to its log. */
  readonly log: () => string
  readonly metrics: () => Promise<string>
  readonly send: (request: Request) => Promise<Answered>
  /** A review that is to come back with a patch; throws when it does not. */
  readonly reviewWell: () => Promise<AdmissionReview>
  /**
   * Runs the attack, with /livez asked all the while, up to five times: what else runs on the machine adds to a
   * stall and takes nothing away, so the least that was seen is the attack's. Throws above `atMost`
   * milliseconds, or as many times that as there are programs for each core. Default: 50.
   */
  readonly unmoved: (attack: () => Promise<unknown>, atMost?: number) => Promise<string>
}

const CONFIGURATION = {
  apiVersion: 'gloo-istio.io/v1alpha1',
  kind: 'Configuration',
  gloo: { version: '1.4.0' },
  meshes: [
    { namespace: 'supergloo-system', name: 'istio', istioVersion: '1.4.10' },
    { namespace: 'istio-system', name: 'istio', istioVersion: '1.22.3' },
  ],
  defaultMesh: 'supergloo-system.istio',
}

const LIFE = { days: 1, now: new Date() }

/** Certificate files of a server on 127.0.0.1, and the authority that signed them. */
export const writeCertificates = async (dir: string) => {
  const authority = await createAuthority({
    commonName: 'authority of an attacked server',
    ...LIFE,
  })
  const authorized = await issueCertificate(authority, {
    commonName: 'gloo-istio',
    ipAddresses: ['127.0.0.1'],
    usages: ['serverAuth'],
    ...LIFE,
  })
  const write = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const certFile = write('tls.crt', authorized.certPem)
  const keyFile = write('tls.key', authorized.keyPem)
  const caFile = write('ca.crt', authority.certPem)
  const { serialNumber } = new X509Certificate(authorized.certPem)
  return { authority, serialNumber, certFile, keyFile, caFile }
}

/** A client certificate of this common name. */
export const clientOf = (authority: KeyPair, commonName: string) =>
  issueCertificate(authority, { commonName, usages: ['clientAuth'], ...LIFE })

/** One process of `gloo-istio serve`, with a configuration of its own and no cluster, ready. */
export const startAttacked = async (t: Test, flags: readonly string[] = []): Promise<Attacked> => {
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-attacked-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const { authority, certFile, keyFile, caFile } = await writeCertificates(dir)
  const config = join(dir, 'config.json')
  writeFileSync(config, JSON.stringify(CONFIGURATION))
  const [port, metricsPort] = [await freePort(), await freePort()]
  const files = [`--cert-file=${certFile}`, `--key-file=${keyFile}`, `--ca-file=${caFile}`]
  const all = [`--config=${config}`, '--log-level=debug', ...files, ...flags]
  const process = await startServe({ name: 'attacked', dir, port, metricsPort, flags: all })
  t.teardown(() => process.running.stop(0))
  await waitUntilReady([process.running], () => answersReady(port))
  const ca = authority.certPem
  const agent = new Agent({ keepAlive: true, ca })
  t.teardown(() => agent.destroy())
  const send = (asked: Request) => sendTo(port, agent, asked)
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return {
    dir,
    port,
    metricsPort,
    ca,
    process,
    log: () => readFileSync(process.running.log, 'utf8'),
    metrics,
    send,
    reviewWell: () => reviewWell(send),
    unmoved: (attack, atMost = STALL_MS) =>
      unmoved({ attack, atMost, send, longestStall: () => longestStall(dir, process) }),
  }
}

type Send = Attacked['send']

const JSON_TYPE = { 'content-type': 'application/json' }

const sendTo = (
  port: number,
  agent: Agent,
  { method = 'POST', path = '/mutate', headers = JSON_TYPE, body }: Request,
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method, path, headers }
    const sending = request(options, response => {
      const { statusCode: status = 0, headers: said } = response
      text(response).then(body => resolve({ status, headers: said, body }), reject)
    })
    // What is refused before its body is read may break off the sending of it.
    sending.on('error', reject).end(body)
  })

const reviewWell = async (send: Send): Promise<AdmissionReview> => {
  const { status, body } = await send({ body: JSON.stringify(reviewOf(upstream())) })
  if (status !== 200) throw new Error(`a good review was answered with ${status}: ${body}`)
  const answer: AdmissionReview = JSON.parse(body)
  if (operationsOf(answer)[0]?.path !== '/spec/sslConfig')
    throw new Error(`a good review came back without an sslConfig: ${body}`)
  return answer
}

const STALL_MS = 50
const TRIES = 5

interface Attack extends Pick<Attacked, 'send'> {
  readonly attack: () => Promise<unknown>
  readonly atMost: number
  readonly longestStall: () => Promise<number>
}

/** Milliseconds that the event loop took to come round, at most since it was asked before. */
const longestStall = async (dir: string, { order }: ServeProcess): Promise<number> => {
  const file = join(dir, 'stall')
  writeFileSync(file, '')
  order({ do: 'tell-stall', file })
  const told = () => readFileSync(file, 'utf8')
  await eventually('it tells of its event loop', async () => told() !== '')
  return Number(told())
}

const unmoved = async ({ attack, atMost, send, longestStall }: Attack): Promise<string> => {
  let least = Number.POSITIVE_INFINITY
  for (let at = 0; at < TRIES && least > atMost; at++) {
    await longestStall()
    await whileLive(attack, send)
    least = Math.min(least, await longestStall())
  }
  await reviewWell(send)
  if (!(least <= allowed(atMost)))
    throw new Error(`the event loop stood still for ${least.toFixed(0)} ms`)
  return `event loop held up ${least.toFixed(0)} ms at most`
}

const PROBE_MS = 10

const whileLive = async (attack: () => Promise<unknown>, send: Send): Promise<void> => {
  let isOver = false
  const probing = (async () => {
    while (!isOver) {
      const { status } = await send({ method: 'GET', path: '/livez', headers: {} })
      if (status !== 200) throw new Error(`/livez was answered with ${status}`)
      await sleep(PROBE_MS)
    }
  })()
  await attack().finally(() => {
    isOver = true
  })
  await probing
}
