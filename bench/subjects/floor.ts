import { fileURLToPath } from 'node:url'
import type { Subject } from './subject.ts'

const SERVER = fileURLToPath(new URL('floor-server.mjs', import.meta.url))

/** What everything else is measured against: nobody who serves HTTPS by Node can be cheaper. */
export const floor: Subject = {
  name: 'floor (bare node:https)',
  launch: ({ port, certFile, keyFile }) => ({
    file: process.execPath,
    args: [SERVER, String(port), certFile, keyFile],
  }),
}
