import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Node } from './node/node.ts'

/** What a suite may have done to a node's control plane by the process that the node belongs to. */
export type Order = 'halt' | 'resume'

/** The socket where orders are taken. */
export const ordersOf = (dir: string): string => join(dir, 'orders.sock')

/** Takes orders of suites, which are other processes. */
export const takeOrders = async ({ dir, controlPlane }: Node): Promise<void> => {
  const server = createServer((asked, response) => {
    const order = asked.url === '/halt' ? controlPlane.halt : controlPlane.resume
    order().then(
      () => response.end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(ordersOf(dir))
  await once(server, 'listening')
  server.unref()
}

/** Has an order followed. Throws with what came in its way. */
export const give = async (socketPath: string, order: Order): Promise<void> => {
  const asking = request({ socketPath, path: `/${order}`, method: 'POST' }).end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const answer = await text(response)
  if (response.statusCode !== 200) throw new Error(`control plane, ${order}: ${answer}`)
}
