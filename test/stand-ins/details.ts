import {
  createServer as createPlainServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createDoor } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { MeshAuthority } from '../../certs/mesh.ts'

/** What Bookinfo's details service answers. */
const BOOK = {
  id: 0,
  author: 'William Shakespeare',
  year: 1595,
  type: 'paperback',
  pages: 200,
  publisher: 'PublisherA',
  language: 'English',
  'ISBN-10': '1234567890',
  'ISBN-13': '123-1234567890',
}

/** What the handshake told of the client. */
const clientOf = (socket: TLSSocket) => {
  const { subjectaltname = '', serialNumber } = socket.getPeerCertificate()
  return {
    'x-client-identity': subjectaltname.replace('URI:', ''),
    'x-client-serial': serialNumber,
    'x-client-alpn': String(socket.alpnProtocol),
  }
}

export interface DetailsOptions {
  /** Whether plain text is taken, too, as a sidecar in PERMISSIVE mode does. Default: no. */
  readonly isPermissive?: boolean
  /** Default: `default`. */
  readonly serviceAccount?: string
}

/** The first byte of a TLS connection (RFC 8446, 5.1). */
const HANDSHAKE = 22

/**
 * The details service behind a sidecar, in STRICT mode: a client without a certificate of the mesh gets
 * no further than the handshake. Answers name the caller by the SPIFFE name of its certificate.
 */
export const startDetails = async (mesh: MeshAuthority, options: DetailsOptions = {}) => {
  const { isPermissive = false, serviceAccount = 'default' } = options
  const { certPem, keyPem } = await mesh.issue('default', serviceAccount)
  const tls = {
    cert: certPem,
    key: keyPem,
    ca: mesh.rootPem,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['istio', 'http/1.1'],
  }
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (request.socket instanceof TLSSocket)
      response.setHeaders(new Map(Object.entries(clientOf(request.socket))))
    response.setHeader('content-type', 'application/json')
    response.end(`${JSON.stringify(BOOK)}\n`)
  }
  const secure = createSecureServer(tls, answer)
  secure.on('tlsClientError', (_error, socket) => socket.destroy())
  const plain = createPlainServer(answer)
  const door = createDoor(socket => {
    socket.on('error', () => socket.destroy())
    socket.once('readable', () => {
      const first: Buffer | null = socket.read(1)
      if (first === null) return
      socket.unshift(first)
      const isPlain = isPermissive && first[0] !== HANDSHAKE
      ;(isPlain ? plain : secure).emit('connection', socket)
    })
  })
  await new Promise<void>(resolve => door.listen(0, '127.0.0.1', resolve))
  const { port } = door.address() as AddressInfo
  return {
    port,
    close: () => {
      for (const server of [secure, plain]) server.closeAllConnections()
      door.close()
    },
  }
}
