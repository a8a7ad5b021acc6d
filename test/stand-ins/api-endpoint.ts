import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Cluster, KubeConfig } from '@kubernetes/client-node'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import type { JsonObject } from '../../src/core/types.ts'

/** Its request is `response.req`. */
export type Answer = (response: ServerResponse) => unknown

export const urlOf = (response: ServerResponse): URL =>
  new URL(response.req.url ?? '/', 'https://example.com')

/** A failure, as the API server tells it. */
export const failure =
  (code: number, status: JsonObject = {}, headers: Readonly<Record<string, string>> = {}): Answer =>
  response =>
    response.writeHead(code, headers).end(JSON.stringify({ kind: 'Status', code, ...status }))

/** Keys take a moment to make: one pair does for all tests of a file. */
const makeCredentials = async () => {
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'authority of a stand-in', ...life })
  const names = { commonName: 'API server', ipAddresses: ['127.0.0.1'] }
  const server = await issueCertificate(authority, { ...names, usages: ['serverAuth'], ...life })
  return { ca: authority.certPem, cert: server.certPem, key: server.keyPem }
}

const credentials = await makeCredentials()

/** Where an API server listens, who may ask it, and whatever a test wants it to answer. */
export class ApiEndpoint {
  /** Path and query of each request. */
  readonly asked: URL[] = []
  /** Requests that are not answered to the end yet. */
  open = 0
  readonly #server = createServer({ cert: credentials.cert, key: credentials.key })
  readonly #next: Answer[] = []
  readonly #connections = new Set<Socket>()

  async listen(): Promise<void> {
    this.#server.on('request', (_request, response) => this.#take(response))
    this.#server.on('connection', (socket: Socket) => {
      this.#connections.add(socket)
      socket.once('close', () => this.#connections.delete(socket))
    })
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
  }

  /** Of a user with a token, unless told otherwise. */
  kubeConfig(cluster: Partial<Cluster> = {}, user: JsonObject = { token: 'secret' }): KubeConfig {
    const server = `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    const caData = Buffer.from(credentials.ca, 'utf8').toString('base64')
    const config = new KubeConfig()
    config.loadFromClusterAndUser(
      { name: 'test', server, caData, skipTLSVerify: false, ...cluster },
      { name: 'test', ...user },
    )
    return config
  }

  /** Answers the next requests in these ways, one each. */
  answerNext(...answers: readonly Answer[]): void {
    this.#next.push(...answers)
  }

  /** As when the machine of the API server is gone, and another answers in its place. */
  resetConnections(): void {
    for (const connection of this.#connections) connection.resetAndDestroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  /** What is answered when no test wants something else. */
  answer(response: ServerResponse): void {
    failure(404)(response)
  }

  #take(response: ServerResponse): void {
    this.asked.push(urlOf(response))
    this.open++
    response.once('close', () => this.open--)
    const next = this.#next.shift()
    if (next) next(response)
    else this.answer(response)
  }
}
