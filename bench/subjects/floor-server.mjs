import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { constantAnswer } from './constant-answer.mjs'

/**
 * The least that a webhook on Node can do: read the body, parse the review, answer a patch that is always the
 * same. Plain JavaScript, as TypeScript would load its stripper, too. Usage: node floor-server.mjs PORT CERT KEY
 */
const [, , port, cert, key] = process.argv

/** @type {import("node:http").RequestListener} */
const answer = (request, response) => {
  if (request.method !== 'POST') return void response.end('ok')
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const body = JSON.stringify(constantAnswer(JSON.parse(Buffer.concat(chunks).toString())))
    const length = Buffer.byteLength(body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length })
    response.end(body)
  })
}

const tls = { cert: readFileSync(cert), key: readFileSync(key) }
createServer(tls, answer).listen(Number(port), '127.0.0.1')
