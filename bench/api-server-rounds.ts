import type { JsonObject } from '../src/core/types.ts'
import type { Live } from '../test/harness/live.ts'
import type { Admission } from './admissions.ts'
import { type Additions, additionsTo, mustBeSame } from './same-mutation.ts'
import { quantile } from './statistics.ts'
import { clear, type Verb, write } from './writes.ts'

/** How many write at the same time, and how much they write in a round. */
export const LOADS = [
  { clients: 1, writes: 300 },
  { clients: 16, writes: 1_500 },
  { clients: 64, writes: 1_500 },
] as const

/** One figure for each round. */
export interface Figure {
  readonly admission: string
  readonly clients: number
  readonly verb: Verb
  /** Milliseconds. */
  readonly p50: number[]
  readonly p99: number[]
  /** CPU that the webhook used for each review, in microseconds; empty without one. */
  readonly cpuMicros: number[]
  /** Writes that were refused because the webhook gave no answer. */
  readonly failed: number[]
}

export type Figures = Map<string, Figure>

type Place = Pick<Figure, 'admission' | 'clients' | 'verb'>

export const figureAt = (figures: Figures, { admission, clients, verb }: Place): Figure => {
  const key = `${admission} ${clients} ${verb}`
  const found = figures.get(key)
  if (found) return found
  const made = { admission, clients, verb, p50: [], p99: [], cpuMicros: [], failed: [] }
  figures.set(key, made)
  return made
}

/** Of its first writes it has much to learn, and so have the clients. */
export const warmUpApiServer = async (live: Live): Promise<void> => {
  const look = () => {}
  await write(live, { clients: 8, writes: 500, look }, async (_, run) => void (await run()))
  await clear(live)
}

interface Task {
  readonly live: Live
  readonly admission: Admission
  readonly wanted: Additions
  readonly say: (line: string) => void
}

const NOTHING: Additions = { sslConfig: undefined, mark: {} }

const measureWith = async (
  { live, admission, wanted, say }: Task,
  { clients, writes }: { readonly clients: number; readonly writes: number },
  figures: Figures,
): Promise<void> => {
  const should = admission.objects.length === 0 ? NOTHING : wanted
  const look = (stored: JsonObject) => mustBeSame(admission.name, additionsTo(stored), should)
  await write(live, { clients, writes, look }, async (verb, run) => {
    say(`${writes} × ${verb} by ${clients}`)
    const before = admission.server?.cpuSeconds() ?? 0
    const { latencies, failed } = await run()
    const cpu = (admission.server?.cpuSeconds() ?? 0) - before
    const figure = figureAt(figures, { admission: admission.name, clients, verb })
    figure.p50.push(quantile(latencies, 0.5))
    figure.p99.push(quantile(latencies, 0.99))
    figure.failed.push(failed)
    if (admission.server) figure.cpuMicros.push((cpu * 1e6) / writes)
  })
  say(`deletes ${writes}`)
  await clear(live)
}

/** Takes each figure of one admission once. Throws when an object is stored without the change. */
export const measure = async (task: Task, figures: Figures): Promise<void> => {
  for (const load of LOADS) await measureWith(task, load, figures)
}
