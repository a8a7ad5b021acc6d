import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WRITES_PER_SECOND } from '../src/reconcile/backfill.ts'
import {
  containerNames,
  eventually,
  GLOO_SYSTEM,
  rollOut,
  sslConfigOf,
} from '../test/harness/live.ts'
import { type Running, start } from '../test/parts/processes.ts'
import { IMAGE_ENVIRONMENT, NODE_FLAGS } from '../test/parts/program.ts'
import { namespacesFor, teamName } from './crowd.ts'
import { all, type Filled, fill, OWN_NAMESPACE } from './filled.ts'
import {
  MEMORY_COLUMNS,
  type Memory,
  type Metered,
  memoryCells,
  memoryOf,
  metricOf,
  peakDuring,
} from './metrics.ts'
import type { BenchOptions, Section } from './section.ts'
import { told } from './statistics.ts'
import { CLI } from './subjects/gloo-istio.ts'
import { startMetered } from './subjects/metered.ts'
import { cpuSecondsOf, rssMiBOf } from './usage.ts'

const MTLS = 'gloo-istio.io/mtls'
const CACHED_MIB = 150
const SETTLE_MS = 10_000
const ON = 'gloo_istio_upstreams{reason="AlreadyEnabled"}'
const DEADLINE_S = 600
const LOOK_MS = 50
const LOOKS_TOLD = 100

/** What it took to write all of them. */
interface Done {
  readonly seconds: number
  readonly cpu: number
  readonly peak: number
}

const labelAll = (filled: Filled, upstreams: number, value: string | null) =>
  all(
    Array.from(
      { length: namespacesFor(upstreams) },
      (_, at) => () => filled.live.label(teamName(at), { [MTLS]: value }),
    ),
    () => {},
  )

const follow = async (filled: Filled, { dir }: BenchOptions): Promise<Metered> => {
  const lease = `--lease=${OWN_NAMESPACE}/gloo-istio`
  const flags = [`--kubeconfig=${filled.kubeconfig}`, '--follow', lease]
  const server = await startMetered({ name: 'following', dir }, [
    ...flags,
    '--reconcile=upstreams,proxies',
  ])
  const { live } = filled
  const proxy = () => live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')
  await eventually('the proxy is injected', async () =>
    containerNames(await proxy()).includes('sds'),
  )
  await rollOut(live)
  return server
}

/** From the first label until the last Upstream is on. */
const reconcile = async (
  filled: Filled,
  server: Metered,
  { upstreams, say }: { readonly upstreams: number; readonly say: BenchOptions['say'] },
): Promise<Done> => {
  const [begin, cpu] = [performance.now(), server.cpuSeconds()]
  const { peak } = await peakDuring(server.rssMiB, async () => {
    await labelAll(filled, upstreams, 'enabled')
    const areOn = async () => {
      const count = (await metricOf(server, ON)) || 0
      say(`reconciler: ${told(count)} of ${told(upstreams)} Upstreams are on`)
      return count === upstreams
    }
    await eventually('all Upstreams are on', areOn, DEADLINE_S, 2_000)
  })
  return { seconds: (performance.now() - begin) / 1000, cpu: server.cpuSeconds() - cpu, peak }
}

/** Reads while a process lives; answers the last CPU seconds and the highest RSS. */
const watch = async (running: Running, onSecond: (seconds: number) => void) => {
  const begin = performance.now()
  let [cpu, peak, looks] = [0, 0, 0]
  while (!running.hasExited()) {
    cpu = cpuSecondsOf(running.pid)
    // Of a process that has just ended nothing is left to read.
    peak = Math.max(peak, rssMiBOf(running.pid) || 0)
    if (looks++ % LOOKS_TOLD === 0) onSecond((performance.now() - begin) / 1000)
    await sleep(LOOK_MS)
  }
  return { seconds: (performance.now() - begin) / 1000, cpu, peak }
}

/** The command, once nothing is selected any more. */
const takeBack = async (filled: Filled, { dir, say }: BenchOptions): Promise<Done> => {
  const running = await start({
    name: 'backfill',
    file: process.execPath,
    args: [...NODE_FLAGS, CLI, 'backfill', `--kubeconfig=${filled.kubeconfig}`],
    env: { ...process.env, ...IMAGE_ENVIRONMENT },
    log: join(dir, 'backfill.log'),
  })
  const done = await watch(running, seconds => say(`backfill: for ${told(seconds)} s`))
  const left = (await filled.live.list('Upstream', GLOO_SYSTEM)).filter(sslConfigOf).length
  if (left > 0) throw new Error(`backfill left ${left} Upstreams on:\n${running.lastLines()}`)
  return done
}

const doneRow = (name: string, { seconds, cpu, peak }: Done): readonly string[] => [
  name,
  told(seconds, 1),
  told(cpu, 1),
  told(peak),
]

const cachedSection = (upstreams: number, found: Memory): Section => ({
  name: 'memory-cached',
  title: `Memory with ${told(upstreams)} Upstreams`,
  about: `A real API server with ${told(upstreams)} Upstreams, as many Services and ${told(namespacesFor(upstreams))} namespaces; followed by the one who leads, ${SETTLE_MS / 1000} s after all were looked at.`,
  columns: MEMORY_COLUMNS,
  rows: [memoryCells(found)],
  targets: [
    {
      target: `with ${told(upstreams)} Upstreams and ${told(namespacesFor(upstreams))} namespaces ≤ ${CACHED_MIB} MiB`,
      seen: `${told(found.rss)} MiB`,
      holds: found.rss <= CACHED_MIB,
    },
  ],
})

const backfillSection = (upstreams: number, on: Done, off: Done): Section => ({
  name: 'backfill',
  title: `Backfill of ${told(upstreams)} Upstreams`,
  about: `On the same API server: the reconciler from the first of the namespaces' labels until the last Upstream is on, then one \`gloo-istio backfill\` that takes all back. Both write ${WRITES_PER_SECOND} objects a second at most, which alone is ${told(upstreams / WRITES_PER_SECOND)} s. No webhook is called.`,
  columns: ['', 'seconds', 'CPU s', 'peak RSS MiB'],
  rows: [doneRow('reconciler', on), doneRow('gloo-istio backfill', off)],
  targets: [],
})

/** Memory with a crowd in cache, and what it takes to write all of them, on a real API server. */
export const backfillSections = async (options: BenchOptions): Promise<readonly Section[]> => {
  const upstreams = options.rounds < 3 ? 300 : 10_000
  const filled = await fill(upstreams, options)
  try {
    const server = await follow(filled, options)
    await sleep(SETTLE_MS)
    const cached = await memoryOf(server)
    const on = await reconcile(filled, server, { ...options, upstreams })
    await server.stop()
    await labelAll(filled, upstreams, null)
    const off = await takeBack(filled, options)
    return [cachedSection(upstreams, cached), backfillSection(upstreams, on, off)]
  } finally {
    await filled.stop()
  }
}
