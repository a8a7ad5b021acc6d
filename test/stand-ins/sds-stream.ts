import { type Metadata, type ServerDuplexStream, status } from '@grpc/grpc-js'

export type Secret =
  | { readonly tlsCertificate: { readonly certificateChain: Inline; readonly privateKey: Inline } }
  | { readonly validationContext: { readonly trustedCa: Inline } }

interface Inline {
  readonly inlineString: string
}

/** One question of one client: a resource of a name, asked by a node, with what came along. */
export interface Question {
  readonly name: string
  readonly nodeId: string
  readonly metadata: Metadata
}

/** Undefined leaves the client waiting; a `Refusal` ends its stream. */
export type Answer = (question: Question) => Promise<Secret | undefined>

export class Refusal extends Error {
  readonly code = 'REFUSAL'
}

export interface Request {
  readonly node: { readonly id: string } | null
  readonly resourceNames: readonly string[]
  readonly responseNonce: string
}

export interface Response {
  readonly versionInfo: string
  readonly nonce: string
  readonly typeUrl: string
  readonly resources: readonly { typeUrl: string; value: Secret & { name: string } }[]
}

export type Call = ServerDuplexStream<Request, Response>

const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'

export const certificate = (chain: string, key: string): Secret => ({
  tlsCertificate: { certificateChain: { inlineString: chain }, privateKey: { inlineString: key } },
})

export const trustedRoot = (root: string): Secret => ({
  validationContext: { trustedCa: { inlineString: root } },
})

/** Envoy opens a stream for each secret, and names itself in the first request only. */
export class SdsStream {
  readonly #call: Call
  readonly #answer: Answer
  #nodeId = ''
  #names: readonly string[] = []
  #version = 0

  constructor(call: Call, answer: Answer) {
    this.#call = call
    this.#answer = answer
  }

  /** A request with the nonce of the last response says how that went, and asks nothing new. */
  async receive({ node, resourceNames, responseNonce }: Request) {
    this.#nodeId ||= node?.id ?? ''
    if (responseNonce !== '' && String(resourceNames) === String(this.#names)) return
    this.#names = resourceNames
    await this.send()
  }

  async send() {
    try {
      const resources = (await Promise.all(this.#names.map(name => this.#ask(name)))).flat()
      if (resources.length === 0) return
      const versionInfo = String(++this.#version)
      this.#call.write({ versionInfo, nonce: versionInfo, typeUrl: TYPE, resources })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#call.emit('error', { code: status.UNAUTHENTICATED, details: error.message })
    }
  }

  async #ask(name: string) {
    const { metadata } = this.#call
    const secret = await this.#answer({ name, nodeId: this.#nodeId, metadata })
    return secret === undefined ? [] : [{ typeUrl: TYPE, value: { name, ...secret } }]
  }
}
