import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { REQUIRE } from '../build/bundle.ts'
import { IMAGE_ENVIRONMENT, NODE_FLAGS, NODE_OPTIONS } from '../test/parts/program.ts'
import { SAMPLES } from './samples.ts'
import type { Bench, Target } from './section.ts'
import { median, told, withSpread } from './statistics.ts'

/** Milliseconds that the 99th of a hundred reviews may take. */
const P99_LIMITS: Readonly<Record<string, number>> = {
  'Upstream, 2 KB': 0.5,
  'Deployment, 10 KB': 1,
}

export interface Cost {
  /** Microseconds, each review in a turn of the event loop of its own. */
  readonly p50: number
  readonly p99: number
  /** The same with no turn between them, so that V8 has to collect within a review. */
  readonly p99InOneTurn: number
  /** KiB of heap. */
  readonly allocated: number
}

/** In one file, as the program is shipped: V8 looks through what many modules hold each time it collects. */
const bundled = async (dir: string): Promise<string> => {
  const outfile = join(dir, 'handler-process.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('handler-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: { js: REQUIRE },
    // Mitata asks it for figures where it is run by Bun.
    external: ['bun:jsc'],
    logLevel: 'warning',
  })
  return outfile
}

/** A process for each sample, started by the flags of the image and the chart: large objects leave a heap that is slow for small ones. */
const processesIn = async (dir: string): Promise<ReadonlyMap<string, ChildProcess>> => {
  const file = await bundled(dir)
  const env = { ...process.env, ...IMAGE_ENVIRONMENT, NODE_OPTIONS }
  return new Map(
    Object.keys(SAMPLES).map(name => [name, fork(file, [name], { execArgv: NODE_FLAGS, env })]),
  )
}

const costIn = async (reviewing: ChildProcess, asked: string | number = 'again'): Promise<Cost> => {
  reviewing.send(asked)
  const [cost] = await Promise.race([
    once(reviewing, 'message'),
    once(reviewing, 'exit').then(([code]) => {
      throw new Error(`the reviewing process ended with ${code}`)
    }),
  ])
  return cost
}

const targetOf = (name: string, costs: readonly Cost[]): readonly Target[] => {
  const limit = P99_LIMITS[name]
  if (limit === undefined) return []
  const seen = median(costs.map(({ p99 }) => p99)) / 1000
  const target = `handler, ${name}: p99 ≤ ${limit} ms`
  return [{ target, seen: `${told(seen, 3)} ms`, holds: seen <= limit }]
}

/** From the bytes of a review to those of its answer, with no server around. */
export const handler: Bench = async ({ rounds, say, dir }) => {
  const processes = await processesIn(dir)
  const costs = new Map<string, Cost[]>()
  const add = (name: string, cost: Cost) => costs.set(name, [...(costs.get(name) ?? []), cost])
  for (let round = 1; round <= rounds; round++)
    for (const [name, reviewing] of processes) {
      say(`handler, round ${round} of ${rounds}, ${name}`)
      const cost = await costIn(reviewing)
      add(name, cost)
      if (name in P99_LIMITS) add(`arithmetic as long (${name})`, await costIn(reviewing, cost.p50))
    }
  for (const reviewing of processes.values()) reviewing.disconnect()
  const all = [...costs]
  return [
    {
      name: 'handler',
      title: 'The handler alone',
      about:
        'Bytes of a review in, bytes of its answer out: decoding, parsing, deciding, the difference, the patch. A process for each object, started as the image starts it, on any core, no server. Each in a turn of the event loop of its own, as a server has it; and all in one turn, where garbage is collected within a review. Beside it arithmetic that takes as long and next to no memory: its p99 is the machine’s.',
      columns: ['review', 'bytes', 'p50 µs', 'p99 µs', 'p99 in one turn', 'allocated KiB'],
      rows: all.map(([name, seen]) => [
        name,
        name in SAMPLES ? told(SAMPLES[name]?.length ?? 0) : '',
        withSpread(seen.map(({ p50 }) => p50)),
        withSpread(seen.map(({ p99 }) => p99)),
        withSpread(seen.map(({ p99InOneTurn }) => p99InOneTurn)),
        withSpread(seen.map(({ allocated }) => allocated)),
      ]),
      targets: all.flatMap(([name, seen]) => targetOf(name, seen)),
    },
  ]
}
