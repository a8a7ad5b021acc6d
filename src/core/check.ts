import type { Evidence, Source } from './check-evidence.ts'

/** How bad it is when a check does not pass: something is broken, or will be. */
export type Severity = 'failed' | 'warning'
export type Status = 'passed' | Severity | 'skipped'

export type Outcome =
  | { readonly status: 'passed' | 'skipped'; readonly message: string }
  | {
      readonly status: 'found'
      readonly message: string
      /** What to do now: the exact command, where there is one. */
      readonly hint: string
      /** Where it is not that of the check. */
      readonly severity?: Severity
    }

export interface Check {
  /** Published: it is never renamed or reused. */
  readonly id: string
  /** What it looks at, as a statement that holds when it passes. */
  readonly title: string
  readonly severity: Severity
  /** Made before an installation only, or after it only. Default: always. */
  readonly when?: 'before' | 'after'
  /** What has to be seen for it. */
  readonly needs?: readonly Source[]
  readonly run: (evidence: Evidence) => Outcome
}

export interface CheckGroup {
  readonly name: string
  readonly title: string
  readonly checks: readonly Check[]
}

/** What came of one check. */
export interface CheckResult {
  readonly id: string
  readonly title: string
  readonly status: Status
  readonly message: string
  /** Empty unless there is something to do. */
  readonly hint: string
  /** Where more stands about it. */
  readonly doc: string
}

export interface GroupResult {
  readonly name: string
  readonly title: string
  readonly results: readonly CheckResult[]
}

export const passed = (message: string): Outcome => ({ status: 'passed', message })

/** What does not apply, or cannot be seen: never counted as passed. */
export const skipped = (message: string): Outcome => ({ status: 'skipped', message })

export const found = (message: string, hint: string, severity?: Severity): Outcome => ({
  status: 'found',
  message,
  hint,
  ...(severity && { severity }),
})

const LISTED_MAX = 3

/** `a, b, c and 4 more` */
export const listed = (names: readonly string[]): string => {
  const more = names.length - LISTED_MAX
  const shown = names.slice(0, LISTED_MAX).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}

/** `1 proxy`, `2 proxies` */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** Passed when nobody is named; else found, with what is said of those who are. */
export const unlessAny = (
  names: readonly string[],
  good: string,
  bad: (names: string) => string,
  hint: string,
): Outcome => (names.length === 0 ? passed(good) : found(bad(listed(names)), hint))

export const DOCUMENT = 'docs/reference/checks.md'

/** Makes the checks that are due, before an installation or after it. */
export const runChecks = (
  groups: readonly CheckGroup[],
  evidence: Evidence,
  when: 'before' | 'after',
): readonly GroupResult[] =>
  groups
    .map(({ name, title, checks }) => ({
      name,
      title,
      results: checks
        .filter(check => check.when === undefined || check.when === when)
        .map(check => resultOf(check, evidence)),
    }))
    .filter(({ results }) => results.length > 0)

const resultOf = (check: Check, evidence: Evidence): CheckResult =>
  resultWith(check, outcomeOf(check, evidence))

/** An outcome as what came of a check. */
export const resultWith = ({ id, title, severity }: Check, outcome: Outcome): CheckResult => {
  const doc = `${DOCUMENT}#${id}`
  const { message } = outcome
  return outcome.status === 'found'
    ? { id, title, status: outcome.severity ?? severity, message, hint: outcome.hint, doc }
    : { id, title, status: outcome.status, message, hint: '', doc }
}

const outcomeOf = ({ needs = [], run }: Check, evidence: Evidence): Outcome => {
  const missing = needs.map(source => evidence.unseen[source]).find(why => why !== undefined)
  return missing === undefined ? run(evidence) : skipped(missing)
}
