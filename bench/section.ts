/** Something that docs/performance.md promises, and whether this run kept it. */
export interface Target {
  readonly target: string
  readonly seen: string
  readonly holds: boolean
}

/** Bars in groups: one group for each category, one colour for each series. */
export interface Chart {
  readonly unit: string
  readonly categories: readonly string[]
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[]
}

/** What one bench found out, as the report shows it. */
export interface Section {
  /** Of its picture, too. */
  readonly name: string
  readonly title: string
  /** How it was measured. */
  readonly about: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly chart?: Chart
  readonly targets: readonly Target[]
  /** What could not be measured here, and what is missing for it. */
  readonly skipped?: readonly string[]
}

export interface BenchOptions {
  /** Hears how far it is. */
  readonly say: (line: string) => void
  /** So many times each figure is taken, by turns. */
  readonly rounds: number
  /** A folder that is gone after the run. */
  readonly dir: string
}

export type Bench = (options: BenchOptions) => Promise<readonly Section[]>
