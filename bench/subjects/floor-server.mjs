import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

/**
 * The least that a webhook on Node can do: read the body, parse the review, answer a patch that is always the
 * same. Plain JavaScript, as TypeScript would load its stripper, too. Usage: node floor-server.mjs PORT CERT KEY
 */
const [, , port, cert, key] = process.argv

const PATCH = Buffer.from(
  JSON.stringify([
    {
      op: 'add',
      path: '/spec/sslConfig',
      value: {
        alpnProtocols: ['istio'],
        sds: {
          certificatesSecretName: 'istio_server_cert',
          validationContextName: 'istio_validation_context',
          targetUri: '127.0.0.1:8234',
        },
      },
    },
  ]),
).toString('base64')

/** @type {import("node:http").RequestListener} */
const answer = (request, response) => {
  if (request.method !== 'POST') return void response.end('ok')
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(chunks).toString())
    const said = { uid: asked.uid, allowed: true, patchType: 'JSONPatch', patch: PATCH }
    const body = JSON.stringify({ apiVersion, kind, response: said })
    const length = Buffer.byteLength(body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length })
    response.end(body)
  })
}

const tls = { cert: readFileSync(cert), key: readFileSync(key) }
createServer(tls, answer).listen(Number(port), '127.0.0.1')
