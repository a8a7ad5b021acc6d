import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Running, start, waitUntilReady } from '../test/parts/processes.ts'
import { CROWD_REVIEW, namespacesFor } from './crowd.ts'
import { type Loaded, load } from './load.ts'
import { type Memory, type Metered, memoryOf, metricOf } from './metrics.ts'
import type { BenchOptions, Section } from './section.ts'
import { inTurn, warmUp } from './side-by-side.ts'
import { median, ratioOf, told, withSpread } from './statistics.ts'
import { startMetered } from './subjects/metered.ts'

const SIZES = [100, 1_000, 10_000, 100_000]
const SERVER = fileURLToPath(new URL('crowd-server.ts', import.meta.url))
const SECONDS = 2
const CLIENTS = 4
const ASKED = { clients: CLIENTS, seconds: SECONDS, body: CROWD_REVIEW }
/** Turns in a round: what is looked for is less than what such a machine is slower from one second to the next. */
const TURNS = 6
const MUTATED = 'gloo_istio_review_duration_seconds_count{outcome="mutated"}'
const SETTLE_MS = 5_000
/** Of the dearest to the cheapest cluster. */
const FLAT = 1.15

interface Size {
  readonly upstreams: number
  readonly server: Metered
  readonly syncCpu: number
  readonly memory: Memory
  readonly loads: Loaded[]
}

const objectsIn = (upstreams: number): number => 2 * upstreams + namespacesFor(upstreams)

/** What stands in for kube-apiserver: a real one takes a quarter of an hour to be filled with so many. */
const startCrowd = async (upstreams: number, dir: string) => {
  const kubeconfig = join(dir, `crowd-${upstreams}.kubeconfig`)
  const running = await start({
    name: `crowd-${upstreams}`,
    file: process.execPath,
    args: [SERVER, String(upstreams), kubeconfig],
    log: join(dir, `crowd-${upstreams}.log`),
  })
  await waitUntilReady(
    [running],
    async () => existsSync(kubeconfig) && statSync(kubeconfig).size > 0,
  )
  return { running, kubeconfig }
}

const startSize = async (upstreams: number, { dir, say }: BenchOptions) => {
  say(`${told(upstreams)} Upstreams: first sync`)
  const telling = setInterval(() => say(`${told(upstreams)} Upstreams: still syncing`), 10_000)
  const crowd = await startCrowd(upstreams, dir)
  const flags = ['--follow', `--kubeconfig=${crowd.kubeconfig}`]
  const server = await startMetered({ name: `${told(upstreams)} Upstreams`, dir }, flags)
  clearInterval(telling)
  const syncCpu = server.cpuSeconds()
  await sleep(SETTLE_MS)
  const size: Size = { upstreams, server, syncCpu, memory: await memoryOf(server), loads: [] }
  return { size, crowd: crowd.running }
}

/** Until what is measured is compiled, and sure that it is what was meant. */
const warm = async (server: Metered): Promise<void> => {
  await warmUp(server, ASKED)
  if (!((await metricOf(server, MUTATED)) > 0))
    throw new Error(`${server.name}: reviews are answered without a patch, so they cost too little`)
}

const loadAll = async (sizes: readonly Size[], { rounds, say }: BenchOptions): Promise<void> => {
  for (const { server } of sizes) await warm(server)
  for (let round = 0; round < rounds; round++) {
    say(`reviews beside a crowd: round ${round + 1} of ${rounds}`)
    for (let turn = 0; turn < TURNS; turn++)
      for (const { server, loads } of inTurn(sizes, turn)) loads.push(await load(server, ASKED))
  }
}

const cpuOf = ({ loads }: Size): readonly number[] => loads.map(({ cpuMicros }) => cpuMicros)

/** Bytes of heap for each object more than in the smallest. */
const perObject = (size: Size, least: Size): string =>
  size === least
    ? ''
    : told(
        ((size.memory.heapUsed - least.memory.heapUsed) * 2 ** 20) /
          (objectsIn(size.upstreams) - objectsIn(least.upstreams)),
      )

const sectionOf = (sizes: readonly [Size, ...Size[]], { rounds }: BenchOptions): Section => {
  const [least] = sizes
  const ratio = Math.max(...sizes.map(size => ratioOf(cpuOf(size), cpuOf(least))))
  return {
    name: 'sizes',
    title: 'Cost by the size of a cluster',
    about: `Upstreams with as many Services and a tenth as many namespaces, listed over HTTPS by a stand-in for kube-apiserver; ${rounds * TURNS} turns, ${SECONDS} s each, of reviews that need the whole policy, by ${CLIENTS} clients. Memory ${SETTLE_MS / 1000} s after the first sync.`,
    columns: [
      'Upstreams',
      'CPU µs a review',
      'p50 ms',
      'reviews/s',
      'first sync s',
      'its CPU s',
      'RSS MiB',
      'heap used MiB',
      'heap bytes an object',
    ],
    rows: sizes.map(size => [
      told(size.upstreams),
      withSpread(cpuOf(size)),
      told(median(size.loads.map(({ p50 }) => p50))),
      told(median(size.loads.map(({ perSecond }) => perSecond))),
      told(size.server.readyMs / 1000, 1),
      told(size.syncCpu, 1),
      told(size.memory.rss),
      told(size.memory.heapUsed),
      perObject(size, least),
    ]),
    chart: {
      unit: 'µs of CPU a review',
      categories: sizes.map(({ upstreams }) => told(upstreams)),
      series: [{ name: 'gloo-istio', values: sizes.map(size => median(cpuOf(size))) }],
    },
    targets: [
      {
        target: `a review costs ≤ ${FLAT} × as much with ${told(sizes.at(-1)?.upstreams ?? 0)} Upstreams as with ${told(least.upstreams)}`,
        seen: `${told(ratio, 2)} × at most`,
        holds: ratio <= FLAT,
      },
    ],
  }
}

/** How what a review costs, and what is kept, grows with the number of objects in a cluster. */
export const sizesSection = async (options: BenchOptions): Promise<Section> => {
  const running: Pick<Running, 'stop'>[] = []
  const sizes: Size[] = []
  try {
    for (const upstreams of options.rounds < 3 ? SIZES.slice(0, 3) : SIZES) {
      const { size, crowd } = await startSize(upstreams, options)
      running.push(crowd, size.server)
      sizes.push(size)
    }
    await loadAll(sizes, options)
    const [least, ...more] = sizes
    if (least === undefined) throw new TypeError('no sizes')
    return sectionOf([least, ...more], options)
  } finally {
    for (const one of running) await one.stop()
  }
}
