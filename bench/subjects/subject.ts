import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedSource } from '../../src/certs/generated-source.ts'
import { answersReady } from '../../test/parts/balancer-backend.ts'
import { freePort } from '../../test/parts/ports.ts'
import { start, waitUntilReady } from '../../test/parts/processes.ts'
import { pinned } from '../machine.ts'
import { cpuSecondsOf, rssMiBOf } from '../usage.ts'

/** Where a subject finds its certificate, and where it is to listen. */
export interface Place {
  /** For files of its own. */
  readonly dir: string
  readonly port: number
  readonly certFile: string
  readonly keyFile: string
  readonly caFile: string
}

export interface Launch {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A webhook that is measured beside others. */
export interface Subject {
  readonly name: string
  /** Makes what has to be made once. Throws with what is missing when it cannot run here. */
  readonly prepare?: (say: (line: string) => void) => Promise<void>
  readonly launch: (place: Place) => Launch
  /** The path of reviews. Default: `/mutate`. */
  readonly path?: string
  /** Whether it answers on this port. Default: `/readyz` answers 200. */
  readonly isReady?: (port: number) => Promise<boolean>
}

/** A subject that is running, alone on its core. */
export interface Measured {
  readonly name: string
  readonly pid: number
  readonly port: number
  readonly url: string
  readonly caPem: string
  /** From its start until it answered. */
  readonly readyMs: number
  readonly cpuSeconds: () => number
  readonly rssMiB: () => number
  readonly stop: () => Promise<void>
}

const fileNameOf = (name: string): string => name.replaceAll(/\W+/g, '-')

const placeIn = async (dir: string, name: string) => {
  const { certPem, keyPem, caPem } = (await generatedSource(['127.0.0.1'], new Date())).current()
  // A folder of their own: whoever watches it for new ones is not to be woken by a log.
  const folder = join(dir, fileNameOf(name))
  mkdirSync(folder, { recursive: true })
  const fileOf = (file: string, text: string) => {
    writeFileSync(join(folder, file), text)
    return join(folder, file)
  }
  const files = {
    certFile: fileOf('tls.crt', certPem),
    keyFile: fileOf('tls.key', keyPem),
    caFile: fileOf('ca.crt', caPem),
  }
  return { dir, port: await freePort(), ...files }
}

/** Starts a subject and waits until it answers. */
export const startSubject = async (subject: Subject, dir: string): Promise<Measured> => {
  const { name, path = '/mutate', isReady = answersReady } = subject
  const place = await placeIn(dir, name)
  const { file, args, env } = subject.launch(place)
  const log = join(dir, `${fileNameOf(name)}.log`)
  const begin = performance.now()
  const running = await start({
    name,
    ...pinned(file, args),
    env: { ...process.env, NODE_ENV: 'production', ...env },
    log,
  })
  await waitUntilReady([running], () => isReady(place.port))
  const { pid } = running
  return {
    name,
    pid,
    port: place.port,
    url: `https://127.0.0.1:${place.port}${path}`,
    caPem: readFileSync(place.caFile, 'utf8'),
    readyMs: performance.now() - begin,
    cpuSeconds: () => cpuSecondsOf(pid),
    rssMiB: () => rssMiBOf(pid),
    stop: () => running.stop(),
  }
}
