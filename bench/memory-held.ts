import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.ts'
import { STARTS, startsOf } from './memory-starts.ts'
import { peakDuring } from './metrics.ts'
import { UPSTREAM_REVIEW } from './samples.ts'
import type { BenchOptions, Section } from './section.ts'
import { median, told, withSpread } from './statistics.ts'
import { floor } from './subjects/floor.ts'
import { glooIstio } from './subjects/gloo-istio.ts'
import { type Measured, startSubject } from './subjects/subject.ts'

const RATE = 1_000
const CLIENTS = 8
const CHUNK_S = 5
const [IDLE_MIB, LOADED_MIB, READY_MS] = [90, 120, 1_000]

/** Fewer rounds ask for a quick look, which gives each figure a sixth of its time. */
const secondsOf = ({ rounds }: BenchOptions): number => (rounds < 3 ? 10 : 60)

const mib = (value: number): string => `${told(value)} MiB`

interface Held {
  readonly idle: number
  readonly loaded: number
  readonly peak: number
}

/** What a server holds after a minute at a thousand reviews a second, and at most in that time. */
const loadedOf = async (server: Measured, { say, ...options }: BenchOptions) => {
  say(`${server.name}: ${RATE} reviews a second`)
  const seconds = secondsOf({ say, ...options })
  const asked = { clients: CLIENTS, seconds: CHUNK_S, body: UPSTREAM_REVIEW, rate: RATE }
  const { peak, result } = await peakDuring(server.rssMiB, async () => {
    const rates: number[] = []
    for (let done = 0; done < seconds; done += CHUNK_S) {
      rates.push((await load(server, asked)).perSecond)
      say(`${server.name}: ${done + CHUNK_S} of ${seconds} s`)
    }
    return median(rates)
  })
  return { loaded: server.rssMiB(), peak, perSecond: result }
}

const heldBy = async (servers: readonly Measured[], options: BenchOptions) => {
  const seconds = secondsOf(options)
  for (let done = 0; done < seconds; done += CHUNK_S) {
    options.say(`idle: ${done} of ${seconds} s`)
    await sleep(CHUNK_S * 1000)
  }
  const idle = servers.map(server => server.rssMiB())
  const held: (Held & { readonly perSecond: number })[] = []
  for (const [at, server] of servers.entries())
    held.push({ idle: idle[at] ?? Number.NaN, ...(await loadedOf(server, options)) })
  return held
}

/** Memory of gloo-istio beside the floor, idle and under load, and how soon they are ready. */
export const heldSection = async (options: BenchOptions): Promise<Section> => {
  const { ours, bare } = await startsOf(options)
  const servers = [
    await startSubject(floor, options.dir),
    await startSubject(glooIstio(), options.dir),
  ]
  const held = await heldBy(servers, options)
  for (const server of servers) await server.stop()
  const [, own] = held
  const { idle = Number.NaN, loaded = Number.NaN, peak = Number.NaN } = own ?? {}
  const ready = median(ours)
  return {
    name: 'memory',
    title: 'Memory and start',
    about: `RSS ${secondsOf(options)} s after it was ready without a request, then for as long at ${RATE} reviews a second of a 2 KB Upstream; ready: median of ${STARTS} starts by turns, looked at each 100 ms.`,
    columns: ['', 'idle MiB', `at ${RATE}/s MiB`, 'peak MiB', 'reviews/s sent', 'ready ms'],
    rows: held.map((found, at) => [
      servers[at]?.name ?? '',
      told(found.idle),
      told(found.loaded),
      told(found.peak),
      told(found.perSecond),
      withSpread(at === 0 ? bare : ours),
    ]),
    chart: {
      unit: 'MiB',
      categories: ['idle', `at ${RATE}/s`, 'peak'],
      series: held.map((found, at) => ({
        name: servers[at]?.name ?? '',
        values: [found.idle, found.loaded, found.peak],
      })),
    },
    targets: [
      { target: `idle ≤ ${IDLE_MIB} MiB`, seen: mib(idle), holds: idle <= IDLE_MIB },
      {
        target: `at ${RATE} reviews a second ≤ ${LOADED_MIB} MiB`,
        seen: `${mib(loaded)}, peak ${mib(peak)}`,
        holds: peak <= LOADED_MIB,
      },
      { target: `ready ≤ ${READY_MS} ms`, seen: `${told(ready)} ms`, holds: ready <= READY_MS },
    ],
  }
}
