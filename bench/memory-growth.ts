import { load } from './load.ts'
import { type Memory, type Metered, memoryOf, metricOf } from './metrics.ts'
import { UPSTREAM_REVIEW } from './samples.ts'
import type { BenchOptions, Section } from './section.ts'
import { median, told } from './statistics.ts'
import { startMetered } from './subjects/metered.ts'

const RATE = 1_000
const CLIENTS = 8
const CHUNK_S = 5
const GROWTH = 0.05

/** Fewer rounds ask for a quick look. */
const reviewsOf = ({ rounds }: BenchOptions): number => (rounds < 3 ? 50_000 : 1_000_000)

/** The least of the heap in a few looks: between them it holds what is garbage already. */
const LOOKS = 20

const settledMemory = async (server: Metered): Promise<Memory> => {
  const looks: Memory[] = []
  for (let at = 0; at < LOOKS; at++) {
    looks.push(await memoryOf(server))
    await load(server, { clients: CLIENTS, seconds: 1, body: UPSTREAM_REVIEW, rate: RATE })
  }
  const least = (of: (memory: Memory) => number) => Math.min(...looks.map(of))
  return {
    rss: median(looks.map(({ rss }) => rss)),
    heapUsed: least(({ heapUsed }) => heapUsed),
    heapTotal: least(({ heapTotal }) => heapTotal),
    external: least(({ external }) => external),
  }
}

/** What a process holds after many reviews beside what it held when it was warm. */
export const growthSection = async (options: BenchOptions): Promise<Section> => {
  const { dir, say } = options
  const all = reviewsOf(options)
  const server = await startMetered({ name: 'gloo-istio', dir })
  let sent = 0
  const sendUntil = async (wanted: number) => {
    while (sent < wanted) {
      const asked = { clients: CLIENTS, seconds: CHUNK_S, body: UPSTREAM_REVIEW }
      sent += (await load(server, asked)).reviews
      say(`${told(sent)} of ${told(all)} reviews`)
    }
    return { sent, memory: await settledMemory(server) }
  }
  const warm = await sendUntil(all / 10)
  const late = await sendUntil(all)
  const reviews = await metricOf(
    server,
    'gloo_istio_review_duration_seconds_count{outcome="mutated"}',
  )
  await server.stop()
  const growth = late.memory.rss / warm.memory.rss - 1
  const heapGrowth = late.memory.heapUsed / warm.memory.heapUsed - 1
  const row = (found: typeof warm) => [
    told(found.sent),
    told(found.memory.rss),
    told(found.memory.heapUsed, 1),
    told(found.memory.external, 1),
  ]
  return {
    name: 'memory-growth',
    title: `Memory over ${told(late.sent)} reviews`,
    about: `At full speed with ${CLIENTS} clients; RSS is the median and heap the least of ${LOOKS} looks at ${RATE} reviews a second after so many. It counted ${told(reviews)} of them as mutated.`,
    columns: ['after reviews', 'RSS MiB', 'heap used MiB', 'external MiB'],
    rows: [row(warm), row(late)],
    targets: [
      {
        target: `growth ≤ ${GROWTH * 100} % from ${told(warm.sent)} to ${told(late.sent)} reviews`,
        seen: `RSS ${told(growth * 100, 1)} %, heap ${told(heapGrowth * 100, 1)} %`,
        holds: growth <= GROWTH,
      },
    ],
  }
}
