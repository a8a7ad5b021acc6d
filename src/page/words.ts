import type { State, Way } from '../core/graph.ts'

/** The one that needs somebody most first. */
export const STATES: readonly State[] = ['refused', 'waiting', 'mtls', 'plain']

/** A letter and a word for each: colour is never the only sign. */
export const LETTERS: Readonly<Record<State, string>> = {
  refused: 'R',
  waiting: 'W',
  mtls: 'M',
  plain: 'P',
}

export const TITLES: Readonly<Record<State, string>> = {
  refused: 'refused',
  waiting: 'waiting',
  mtls: 'mTLS',
  plain: 'plain',
}

export const OUTSIDE = 'outside of the cluster'

export const keyOf = ({ namespace, name }: Pick<Way, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`

export const namespacesOf = ({ destinations }: Way): readonly string[] =>
  destinations.length === 0
    ? [OUTSIDE]
    : [...new Set(destinations.map(({ namespace }) => namespace))]

export const servicesOf = ({ destinations, name }: Way): readonly string[] =>
  destinations.length === 0
    ? [name]
    : destinations.map(({ service, port }) => (port === undefined ? service : `${service}:${port}`))

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const

/** `ends in 23 h`; what nobody can tell is said to be unknown. */
export const lifeOf = ({ notAfter }: Pick<Way, 'notAfter'>, now: number): string => {
  if (notAfter === '') return 'unknown'
  const seconds = Math.floor((Date.parse(notAfter) - now) / 1000)
  if (seconds <= 0) return 'has ended'
  const [unit, length] = UNITS.find(([, found]) => seconds >= found) ?? ['s', 1]
  return `ends in ${Math.floor(seconds / length)} ${unit}`
}

/** `bookinfo/details`, namespace and account, of what has mutual TLS or is to have it. */
export const identityOf = ({ mesh, state, accepted }: Way): string => {
  if (mesh === '' || state === 'plain' || state === 'refused') return '–'
  const [first, ...others] = accepted
  if (first === undefined) return 'any of the mesh'
  const short = first.replace(/^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\//, '$1/')
  return others.length === 0 ? short : `${short}, ${others.length} more`
}

export const plural = (count: number, one: string): string =>
  `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`
