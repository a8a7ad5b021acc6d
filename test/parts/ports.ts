import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

export const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** Given away, though perhaps nobody listens at the moment. */
const given = new Set<number>()

/**
 * Of ten ranges: tests that run side by side never look in the same one. A port stays theirs while what listens
 * on it is restarted.
 */
const FIRST = 20_000 + (Number(process.env['TAP_JOB_ID'] ?? process.pid) % 10) * 1_000

/**
 * Below the ports that the system gives to outgoing connections and that Kubernetes gives to
 * NodePorts: nobody else takes the answer between here and the program that listens on it.
 */
export const freePort = async (): Promise<number> => {
  const port = randomInt(FIRST, FIRST + 1_000)
  if (given.has(port) || !(await isFree(port))) return freePort()
  given.add(port)
  return port
}
