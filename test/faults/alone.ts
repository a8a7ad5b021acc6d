import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import type { Test } from 'tap'
import { reviewOf, upstream } from '../harness/build.ts'
import { answersReady } from '../parts/balancer-backend.ts'
import { ORDERS_VARIABLE, type Order } from '../parts/inside.ts'
import { freePort } from '../parts/ports.ts'
import { signalGroup, track } from '../parts/processes.ts'
import { CLI } from '../parts/program.ts'
import { postTo } from './flood.ts'
import { secondsUntil } from './stage.ts'

const LIMITED = 'test "$0" = 0 || ulimit -n "$0"; exec "$@"'
const INSIDE = new URL('../parts/inside.ts', import.meta.url).href

export interface AloneOptions {
  /** A file that is open, or a pipe, which is `child.stdout`. Default: a pipe that is read and forgotten. */
  readonly stdout?: number | 'pipe'
  readonly port?: number
  readonly metricsPort?: number
  readonly flags?: readonly string[]
  /** Files and connections that it may have open at once. Default: as many as this process. */
  readonly maxFiles?: number
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  /** From when it was asked to end, or from its start. */
  readonly seconds: number
  /** What it wrote to standard error. */
  readonly said: string
}

/** One process that knows no cluster, of which its standard streams and its exit code can be seen. */
export const startAlone = async (t: Test, options: AloneOptions = {}) => {
  const dir = t.testdir({
    'config.yaml': 'apiVersion: gloo-istio.io/v1alpha1\nkind: Configuration\nmeshes: []\n',
  })
  const { port = await freePort(), metricsPort = await freePort(), stdout, flags = [] } = options
  const orders = join(dir, 'orders')
  const own = [`--config=${join(dir, 'config.yaml')}`, '--host=127.0.0.1', '--dns-name=127.0.0.1']
  const ports = [`--port=${port}`, `--metrics-port=${metricsPort}`]
  const begin = performance.now()
  const serve = [process.execPath, CLI, 'serve', ...own, ...ports, ...flags]
  const limited = ['-c', LIMITED, String(options.maxFiles ?? 0), ...serve]
  const child = spawn('/bin/sh', limited, {
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, NODE_OPTIONS: `--import=${INSIDE}`, [ORDERS_VARIABLE]: orders },
  })
  track(child)
  t.teardown(() => signalGroup(child, 'SIGKILL'))
  if (stdout === undefined) child.stdout?.resume()
  const ended = endOf(child, begin)
  return {
    port,
    child,
    /** Once it has ended by itself. */
    ended,
    untilReady: () => secondsUntil('it is ready', () => answersReady(port)),
    order: (order: Order) => {
      writeFileSync(orders, JSON.stringify(order))
      child.kill('SIGUSR2')
    },
    /** SIGTERM; throws when it did not end in time. */
    end: async (within: number): Promise<Ended> => {
      const asked = performance.now()
      child.kill('SIGTERM')
      await secondsUntil('it has ended', async () => child.exitCode !== null, within)
      return { ...(await ended), seconds: (performance.now() - asked) / 1000 }
    },
    /** Sends so many reviews, one after the other; answers how often each status came. */
    review: (count: number) => reviewed(port, count),
  }
}

const endOf = async (child: ChildProcess, begin: number): Promise<Ended> => {
  let said = ''
  child.stderr?.on('data', chunk => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  return { code, seconds: (performance.now() - begin) / 1000, said }
}

const reviewed = async (port: number, count: number): Promise<Readonly<Record<string, number>>> => {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const body = JSON.stringify(reviewOf(upstream()))
  const seen: Record<string, number> = {}
  for (let at = 0; at < count; at++) {
    const { status } = await postTo(port, body, agent)
    seen[status] = (seen[status] ?? 0) + 1
  }
  agent.destroy()
  return seen
}
