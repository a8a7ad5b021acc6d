import type { Test } from 'tap'
import { forgetResults, keepResult } from './results.ts'

/** Something that goes wrong, and what has to hold all the same. */
export interface Fault {
  /** What is done, for real. One sentence without a full stop. */
  readonly fault: string
  /** What has to hold while it lasts and after. */
  readonly expected: string
}

/** The faults of one test file, by their ids. */
export interface FaultGroup<Id extends string = string> {
  /** Its heading in docs/reliability.md. */
  readonly title: string
  /** The test file in this folder, without `.test.ts`. */
  readonly file: string
  /** By id: letters for the kind of the fault, then a number: `CERT-01`. An id is never reused. */
  readonly faults: Readonly<Record<Id, Fault>>
}

/** Keeps the ids of a group as types, so that `proveFaults` can ask for exactly one proof each. */
export const faultGroup = <Id extends string>(group: FaultGroup<Id>): FaultGroup<Id> => group

/**
 * Injects the fault, asserts what is expected, and answers what was seen: a short sentence with figures,
 * which docs/reliability.md shows.
 */
export type Proof = (t: Test) => Promise<string>

export interface ProveOptions {
  /** Why none of it can run on this machine; `false` when it can. */
  readonly skip?: string | false
  /** Puts right what a fault that did not hold may have left behind, for the faults after it. */
  readonly restore?: () => Promise<unknown>
}

/** A test for each fault. What was seen of those that passed is kept for docs/reliability.md. */
export const proveFaults = <Id extends string>(
  t: Test,
  group: FaultGroup<Id>,
  proofs: Readonly<Record<NoInfer<Id>, Proof>>,
  { skip = false, restore = async () => {} }: ProveOptions = {},
): void => {
  if (!skip) forgetResults(group.file)
  for (const [id, { fault }] of Object.entries<Fault>(group.faults)) {
    const prove = proofs[id as Id]
    t.test(`${id} ${fault}`, { skip }, async t => {
      const begin = Date.now()
      let holds = false
      try {
        const seen = await prove(t)
        t.match(seen, /^[^|\n]+$/, 'what was seen is one line, fit for a table')
        t.comment(seen)
        holds = t.passing()
        if (holds) keepResult(group.file, { id, seen, seconds: (Date.now() - begin) / 1000 })
      } finally {
        if (!holds) await restore().catch(error => t.error(error, 'the stage is as it was'))
      }
    })
  }
}
