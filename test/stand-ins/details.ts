import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
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

/**
 * The details service behind a sidecar in STRICT mode: a client without a certificate of the mesh gets
 * no further than the handshake. Answers name the caller by the SPIFFE name of its certificate.
 */
export const startDetails = async (mesh: MeshAuthority) => {
  const { certPem, keyPem } = await mesh.issue('default', 'default')
  const tls = {
    cert: certPem,
    key: keyPem,
    ca: mesh.rootPem,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['istio', 'http/1.1'],
  }
  const server = createServer(tls, (request, response) => {
    response.setHeaders(new Map(Object.entries(clientOf(request.socket as TLSSocket))))
    response.setHeader('content-type', 'application/json')
    response.end(`${JSON.stringify(BOOK)}\n`)
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
