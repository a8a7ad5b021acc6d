import { isIP } from 'node:net'
import { checkServerIdentity, connect } from 'node:tls'

export interface HandshakeOptions {
  /** Where this process listens; undefined while it does not. */
  readonly address: () => { readonly host: string; readonly port: number } | undefined
  /** Milliseconds until it has failed. */
  readonly limit: number
}

/**
 * Whether a client that trusts `caPem` alone gets through to `serverName`: undefined, or why not, as a
 * sentence.
 */
export type Handshake = (caPem: string, serverName: string) => Promise<string | undefined>

/** A real TLS handshake with our own port, as the API server makes it. Who asks meanwhile gets the same answer. */
export const handshakeWith = ({ address, limit }: HandshakeOptions): Handshake => {
  const underWay = new Map<string, Promise<string | undefined>>()
  return (caPem, serverName) => {
    const key = `${serverName}\n${caPem}`
    const asked = underWay.get(key)
    if (asked) return asked
    const to = address()
    if (to === undefined) return Promise.resolve('the webhook does not listen yet')
    // No authority at all would be taken for those of the platform.
    if (!caPem.includes('-----BEGIN CERTIFICATE-----'))
      return Promise.resolve('the CA bundle holds no certificate')
    const asking = shake({ ...to, caPem, serverName, limit }).finally(() => underWay.delete(key))
    underWay.set(key, asking)
    return asking
  }
}

interface Shaken {
  readonly host: string
  readonly port: number
  readonly caPem: string
  readonly serverName: string
  readonly limit: number
}

const shake = ({ host, port, caPem, serverName, limit }: Shaken): Promise<string | undefined> =>
  new Promise(resolve => {
    const socket = connect({
      host,
      port,
      ca: caPem,
      // An address is no server name (RFC 6066), but may well be in the certificate.
      ...(isIP(serverName) === 0 && { servername: serverName }),
      checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
      ALPNProtocols: ['http/1.1'],
    })
    const end = (problem: string | undefined) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(problem && `a TLS handshake as ${serverName} with our own port ${problem}`)
    }
    const timer = setTimeout(() => end(`took longer than ${limit} ms`), limit)
    socket.once('secureConnect', () => end(undefined))
    socket.on('error', error => end(`failed: ${error.message}`))
    socket.on('close', () => end('was broken off'))
  })
