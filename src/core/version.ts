/** A released version. A pre-release counts as its release; a build or image suffix says nothing. */
export interface Version {
  /** As it was written, for messages. */
  readonly text: string
  readonly major: number
  readonly minor: number
  /** Undefined for `1.17`, which may be any patch of it. */
  readonly patch: number | undefined
}

/** Reads `1.17.3`, `v1.17.3-distroless`, `1.17`; undefined for anything else. */
export const parseVersion = (text: unknown): Version | undefined => {
  if (typeof text !== 'string') return undefined
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.].*)?$/.exec(text) ?? []
  if (major === undefined) return undefined
  return {
    text,
    major: Number(major),
    minor: Number(minor),
    patch: patch === undefined ? undefined : Number(patch),
  }
}

/**
 * Whether a version is in a range such as `1.0 - 1.4, 1.6.2+`: spans of two versions, both of them
 * included, open ones, and single minors. A bound without a patch means all of its patches.
 * Undefined when the version is too vague to tell: `1.9` in `1.0 - 1.9.7`.
 */
export const within = (range: string, version: Version): boolean | undefined => {
  const answers = spansOf(range).map(([from, to]) => both(isFrom(version, from), isTo(version, to)))
  if (answers.includes(true)) return true
  return answers.includes(undefined) ? undefined : false
}

type Bound = Omit<Version, 'text'>
type Span = readonly [Bound, Bound]

const FIRST: Bound = { major: 0, minor: 0, patch: 0 }
const LAST: Bound = { major: Infinity, minor: Infinity, patch: undefined }

/** Ranges are constants of the matrix, and asked for many times a review. */
const READ = new Map<string, readonly Span[]>()

const spansOf = (range: string): readonly Span[] => {
  const known = READ.get(range)
  if (known !== undefined) return known
  const spans: readonly Span[] = range === 'any' ? [[FIRST, LAST]] : range.split(', ').map(spanOf)
  READ.set(range, spans)
  return spans
}

const spanOf = (span: string): Span => {
  const [from, to] = span.split(' - ')
  if (from?.endsWith('+')) return [boundOf(from.slice(0, -1)), LAST]
  return [boundOf(from), boundOf(to ?? from)]
}

const boundOf = (text: string | undefined): Bound => {
  const bound = parseVersion(text)
  if (bound === undefined) throw new TypeError(`not a bound of a range: ${text}`)
  return bound
}

const isFrom = (version: Version, bound: Bound): boolean | undefined => {
  const order = compareMinors(version, bound)
  if (order !== 0) return order > 0
  const patch = bound.patch ?? 0
  if (patch === 0) return true
  return version.patch === undefined ? undefined : version.patch >= patch
}

const isTo = (version: Version, bound: Bound): boolean | undefined => {
  const order = compareMinors(version, bound)
  if (order !== 0) return order < 0
  if (bound.patch === undefined) return true
  return version.patch === undefined ? undefined : version.patch <= bound.patch
}

const compareMinors = (version: Bound, bound: Bound): number =>
  version.major === bound.major ? version.minor - bound.minor : version.major - bound.major

const both = (one: boolean | undefined, other: boolean | undefined): boolean | undefined => {
  if (one === false || other === false) return false
  return one === undefined || other === undefined ? undefined : true
}

/** Whether both are unknown, or the same to the letter. */
export const isSameVersion = (one: Version | undefined, other: Version | undefined): boolean =>
  one?.text === other?.text && one?.patch === other?.patch

/** Its numbers alone, without the variant of an image; `1.17` where the patch is unknown. */
export const numbersIn = (version: Version | undefined): string | undefined =>
  version &&
  [version.major, version.minor, version.patch].filter(part => part !== undefined).join('.')
