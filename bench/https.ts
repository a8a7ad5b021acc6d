import type { Loaded } from './load.ts'
import { mustAddTheSame } from './same-mutation.ts'
import type { Bench, Section, Target } from './section.ts'
import { sideBySide, warmUp } from './side-by-side.ts'
import { median, ratioOf, told, withSpread } from './statistics.ts'
import { controllerRuntime } from './subjects/controller-runtime.ts'
import { floor, libraries } from './subjects/floor.ts'
import { glooIstio } from './subjects/gloo-istio.ts'
import { pepr } from './subjects/pepr.ts'
import { startEach } from './subjects/start-each.ts'

const OWN = glooIstio().name
const GO = controllerRuntime().name
const CLIENTS = 8
const SECONDS = 5

type Seen = ReadonlyMap<string, readonly Loaded[]>

const pick = (seen: Seen, name: string, of: (loaded: Loaded) => number) =>
  (seen.get(name) ?? []).map(of)

const rates = (seen: Seen, name: string) => pick(seen, name, ({ perSecond }) => perSecond)
const costs = (seen: Seen, name: string) => pick(seen, name, ({ cpuMicros }) => cpuMicros)

const rowOf = (seen: Seen, name: string): readonly string[] => [
  name,
  withSpread(rates(seen, name)),
  told(ratioOf(rates(seen, name), rates(seen, floor.name)), 2),
  withSpread(costs(seen, name)),
  told(ratioOf(costs(seen, name), costs(seen, floor.name)), 2),
  withSpread(
    pick(seen, name, ({ p50 }) => p50),
    1,
  ),
  withSpread(
    pick(seen, name, ({ p99 }) => p99),
    1,
  ),
]

const targetsOf = (seen: Seen): readonly Target[] => {
  const rate = ratioOf(rates(seen, OWN), rates(seen, floor.name))
  const cost = ratioOf(costs(seen, OWN), costs(seen, floor.name))
  const targets = [
    { target: '≥ 0.75 of the floor’s reviews/s', seen: told(rate, 2), holds: rate >= 0.75 },
    { target: '≤ 1.4 × the floor’s CPU', seen: told(cost, 2), holds: cost <= 1.4 },
  ]
  if (!seen.has(GO)) return targets
  const toGo = ratioOf(costs(seen, OWN), costs(seen, GO))
  const half = { target: 'about half of the CPU of the Go webhook', seen: told(toGo, 2) }
  return [...targets, { ...half, holds: toGo <= 0.55 }]
}

const sectionOf = (seen: Seen, skipped: readonly string[]): Section => {
  const names = [...seen.keys()]
  return {
    name: 'https',
    title: `Over HTTPS, on one core, ${CLIENTS} clients`,
    about: `Each server alone on its core, the clients on the others; an Upstream of 2 KB, ${SECONDS} s by turns, once each is warm. CPU is what the server’s process was charged.`,
    columns: ['server', 'reviews/s', '× floor', 'CPU µs/review', '× floor', 'p50 ms', 'p99 ms'],
    rows: names.map(name => rowOf(seen, name)),
    chart: {
      unit: 'CPU µs a review',
      categories: names,
      series: [{ name: 'CPU', values: names.map(name => median(costs(seen, name))) }],
    },
    targets: targetsOf(seen),
    skipped,
  }
}

/** What a review costs with the whole server around it, beside the least that Node can do and beside others. */
export const https: Bench = async options => {
  const subjects = [floor, libraries, glooIstio(), controllerRuntime(), pepr()]
  const { servers, skipped } = await startEach(subjects, options)
  try {
    const constant = [floor.name, libraries.name]
    await mustAddTheSame(servers.filter(({ name }) => !constant.includes(name)))
    for (const server of servers) {
      options.say(`HTTPS: warming ${server.name}`)
      await warmUp(server)
    }
    const task = { clients: CLIENTS, seconds: SECONDS }
    return [sectionOf(await sideBySide(servers, task, options), skipped)]
  } finally {
    for (const server of servers) await server.stop()
  }
}
