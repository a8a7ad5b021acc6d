import { textAt } from '../core/json.ts'
import type { Change } from '../core/plan.ts'
import { asTable } from './table.ts'

/** What became of the objects, counted. */
export class BackfillSummary {
  readonly #counts = new Map<string, number>()

  /** `outcome` is what was done: `written`, `to write`, `observed`, `unchanged`, or why not. */
  count(outcome: string, { object, decision }: Change): void {
    const key = JSON.stringify([outcome, textAt(object, 'kind'), decision.finding.reason])
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** How many objects had one of these outcomes. */
  total(...outcomes: readonly string[]): number {
    return [...this.#counts]
      .filter(([key]) => outcomes.some(outcome => key.startsWith(`["${outcome}"`)))
      .reduce((sum, [, count]) => sum + count, 0)
  }

  /** A table by outcome, kind and reason, the most frequent first. */
  print(): string {
    const rows = [...this.#counts]
      .toSorted(([, a], [, b]) => b - a)
      .map(([key, count]) => [...(JSON.parse(key) as string[]), String(count)])
    return asTable(['outcome', 'kind', 'reason', 'count'], rows)
  }
}
