import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Metadata } from '@grpc/grpc-js'
import type { MeshAuthority } from '../../certs/mesh.ts'
import type { KeyPair } from '../../src/certs/authority.ts'
import { startSdsServer } from './sds-server.ts'
import { certificate, type Question, Refusal, trustedRoot } from './sds-stream.ts'

export interface NodeAgentOptions {
  readonly mesh: MeshAuthority
  readonly socket: string
  /** Istio 1.1 spelt it differently from 1.2 and later. */
  readonly header: string
  readonly audience: string
}

interface Account {
  readonly namespace: string
  readonly name: string
}

/** The claims of a token; its signature is for Citadel to check, which is not here. */
const claimsOf = (token: string): { sub?: string; aud?: string | string[] } => {
  try {
    const [, payload = ''] = token.split('.')
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  } catch {
    return {}
  }
}

const accountOf = (metadata: Metadata, { header, audience }: NodeAgentOptions): Account => {
  const [token] = metadata.get(header)
  if (token === undefined) throw new Refusal(`no credential token under ${header}`)
  const { sub = '', aud = [] } = claimsOf(token.toString())
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(sub) ?? []
  if (namespace === undefined || name === undefined) throw new Refusal('not a token of an account')
  if (![aud].flat().includes(audience)) throw new Refusal(`the token is not for ${audience}`)
  return { namespace, name }
}

/** Istio 1.1 to 1.4's agent of a node: certificates over a Unix socket for those who show a token. */
export const startNodeAgent = async (options: NodeAgentOptions) => {
  const { mesh, socket } = options
  let issued: Record<string, Promise<KeyPair>> = {}
  const keyPairOf = ({ namespace, name }: Account) =>
    (issued[`${namespace}/${name}`] ??= mesh.issue(namespace, name))

  const answer = async ({ name, nodeId, metadata }: Question) => {
    const account = accountOf(metadata, options)
    if (nodeId === '') throw new Refusal('the node has no id')
    if (name === 'ROOTCA') return trustedRoot(mesh.rootPem)
    if (name !== 'default') return undefined
    const { certPem, keyPem } = await keyPairOf(account)
    return certificate(certPem, keyPem)
  }

  mkdirSync(dirname(socket), { recursive: true })
  rmSync(socket, { force: true })
  const server = await startSdsServer({ address: `unix:${socket}`, answer })
  return {
    /** New certificates for everybody. */
    rotate: async () => {
      issued = {}
      await server.push()
    },
    stop: () => server.stop(),
  }
}
