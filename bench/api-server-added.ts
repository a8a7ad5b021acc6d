import { type Figures, figureAt } from './api-server-rounds.ts'
import { VERBS, type Verb } from './writes.ts'

/** Who is who among the admissions. */
export interface Names {
  readonly nothing: string
  readonly policy: string
  readonly own: string
  readonly go: string
}

export const sum = (values: readonly number[]): number =>
  values.reduce((all, value) => all + value, 0)

export interface Place {
  readonly clients: number
  readonly verb: Verb
}

/** What it costs the median write, in milliseconds: one figure a round, beside the same round without. */
export const added = (figures: Figures, { nothing }: Names, admission: string, place: Place) => {
  const without = figureAt(figures, { ...place, admission: nothing }).p50
  return figureAt(figures, { ...place, admission }).p50.map(
    (value, round) => value - (without[round] ?? Number.NaN),
  )
}

/** The same of creating and updating together. */
export const addedToBoth = (figures: Figures, names: Names, admission: string, clients: number) => {
  const verbs = VERBS.map(verb => added(figures, names, admission, { clients, verb }))
  const [first = []] = verbs
  return first.map((_, round) => sum(verbs.map(of => of[round] ?? Number.NaN)) / verbs.length)
}

/** In the order in which they were first measured. */
export const admissionsIn = (figures: Figures): readonly string[] => [
  ...new Set([...figures.values()].map(({ admission }) => admission)),
]
