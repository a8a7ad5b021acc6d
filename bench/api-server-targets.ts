import { addedToBoth, admissionsIn, type Names, sum } from './api-server-added.ts'
import type { Figures } from './api-server-rounds.ts'
import type { Target } from './section.ts'
import { median, ratioOf, told } from './statistics.ts'

interface Limit {
  readonly than: string
  readonly clients: number
  /** At most so many times what the other adds. */
  readonly times: number
}

const targetOf = (figures: Figures, names: Names, { than, clients, times }: Limit): Target => {
  const [ours, theirs] = [names.own, than].map(name => addedToBoth(figures, names, name, clients))
  const ratio = ratioOf(ours ?? [], theirs ?? [])
  const [own, other] = [ours, theirs].map(values => told(median(values ?? []), 2))
  return {
    target: `${clients} at a time: adds ≤ ${times} × what ${than} adds`,
    seen: `${told(ratio, 2)} × (${own} ms to ${other} ms)`,
    holds: ratio <= times,
  }
}

const noneFails = (figures: Figures, { own }: Names): Target => {
  const failed = [...figures.values()]
    .filter(({ admission }) => admission === own)
    .flatMap(figure => figure.failed)
  const seen = sum(failed)
  return {
    target: `no write fails for want of an answer of ${own}`,
    seen: told(seen),
    holds: seen === 0,
  }
}

const LIMITS = (names: Names): readonly Limit[] =>
  [1, 16].flatMap(clients => [
    { than: names.go, clients, times: 1 },
    { than: names.policy, clients, times: 2.5 },
  ])

/** What is promised of gloo-istio beside the others that were measured. */
export const targetsOf = (figures: Figures, names: Names): readonly Target[] => [
  ...LIMITS(names)
    .filter(({ than }) => admissionsIn(figures).includes(than))
    .map(limit => targetOf(figures, names, limit)),
  noneFails(figures, names),
]
