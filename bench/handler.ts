import { measure } from 'mitata'
import { factsOf, parseConfiguration } from '../src/config/configuration.ts'
import { review } from '../src/core/review.ts'
import { readBootstrap } from '../src/envoy/bootstrap.ts'
import { CONFIGURATION, SAMPLES } from './samples.ts'
import type { Bench, Target } from './section.ts'
import { median, told, withSpread } from './statistics.ts'

/** Milliseconds that the 99th of a hundred reviews may take. */
const P99_LIMITS: Readonly<Record<string, number>> = {
  'Upstream, 2 KB': 0.5,
  'Deployment, 10 KB': 1,
}

const NANOSECONDS_PER_ROUND = 2e9
const TIME = '2026-01-01T00:00:00.000Z'

interface Cost {
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  /** KiB of heap. */
  readonly allocated: number
}

const reviewer = () => {
  const parsed = parseConfiguration(CONFIGURATION)
  if (!('configuration' in parsed)) throw new Error('the configuration of the bench is wrong')
  const facts = factsOf(parsed.configuration, readBootstrap)
  return (bytes: Buffer) => JSON.stringify(review(bytes.toString(), facts, TIME).answer)
}

const costOf = async (answer: (bytes: Buffer) => string, body: string): Promise<Cost> => {
  const bytes = Buffer.from(body)
  const { p50, p99, heap } = await measure(() => answer(bytes), {
    min_cpu_time: NANOSECONDS_PER_ROUND,
    heap: () => process.memoryUsage().heapUsed,
    batch_threshold: 0,
  })
  return { p50: p50 / 1000, p99: p99 / 1000, allocated: (heap?.avg ?? Number.NaN) / 1024 }
}

const targetOf = (name: string, costs: readonly Cost[]): readonly Target[] => {
  const limit = P99_LIMITS[name]
  if (limit === undefined) return []
  const seen = median(costs.map(({ p99 }) => p99)) / 1000
  const target = `handler, ${name}: p99 ≤ ${limit} ms`
  return [{ target, seen: `${told(seen, 3)} ms`, holds: seen <= limit }]
}

/** From the bytes of a review to those of its answer, with no server around. */
export const handler: Bench = async ({ rounds, say }) => {
  const answer = reviewer()
  const costs = new Map<string, Cost[]>(Object.keys(SAMPLES).map(name => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, body] of Object.entries(SAMPLES)) {
      say(`handler, round ${round + 1} of ${rounds}, ${name}`)
      costs.get(name)?.push(await costOf(answer, body))
    }
  const all = [...costs]
  return [
    {
      name: 'handler',
      title: 'The handler alone',
      about:
        'Bytes of a review in, bytes of its answer out: decoding, parsing, deciding, the difference, the patch. One process, no server.',
      columns: ['review', 'bytes', 'p50 µs', 'p99 µs', 'allocated KiB'],
      rows: all.map(([name, seen]) => [
        name,
        told(SAMPLES[name]?.length ?? 0),
        withSpread(seen.map(({ p50 }) => p50)),
        withSpread(seen.map(({ p99 }) => p99)),
        withSpread(seen.map(({ allocated }) => allocated)),
      ]),
      targets: all.flatMap(([name, seen]) => targetOf(name, seen)),
    },
  ]
}
