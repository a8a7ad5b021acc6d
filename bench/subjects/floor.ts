import { fileURLToPath } from 'node:url'
import type { Subject } from './subject.ts'

/** A server of plain Node beside this file. */
const nodeServer = (name: string, file: string): Subject => ({
  name,
  launch: ({ port, certFile, keyFile }) => ({
    file: process.execPath,
    args: [fileURLToPath(new URL(file, import.meta.url)), String(port), certFile, keyFile],
  }),
})

/** What everything else is measured against: nobody who serves HTTPS by Node can be cheaper. */
export const floor = nodeServer('floor (bare node:https)', 'floor-server.mjs')

/** The same with the libraries that gloo-istio serves, logs and counts by, before anything is decided. */
export const libraries = nodeServer(
  'the same by Fastify, pino and prom-client',
  'libraries-server.mjs',
)
