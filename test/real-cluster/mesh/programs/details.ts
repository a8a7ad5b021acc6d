import { createServer } from 'node:http'

// Bookinfo's details service, behind its sidecar: nobody else reaches it.

const BOOK = { id: 0, author: 'William Shakespeare', year: 1595, type: 'paperback' }

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end(`${JSON.stringify(BOOK)}\n`)
})
// A sidecar that sends on a connection that is being closed for idleness answers 503 of its own.
server.keepAliveTimeout = 0
server.listen(9080, '127.0.0.1')
process.once('SIGTERM', () => process.exit())
