import type { State, Way } from '../core/graph.ts'
import { keyOf, namespacesOf, STATES, servicesOf } from './words.ts'

export interface Filter {
  readonly text: string
  /** None lets all through. */
  readonly states: readonly State[]
  /** Empty lets all through. */
  readonly namespace: string
  readonly mesh: string
}

export const EVERYTHING: Filter = { text: '', states: [], namespace: '', mesh: '' }

/** A way, and all that can be searched for in it, put together once. */
export interface Entry {
  readonly key: string
  readonly way: Way
  readonly text: string
}

export const entryOf = (way: Way): Entry => ({
  key: keyOf(way),
  way,
  text: [
    keyOf(way),
    ...way.gateways,
    ...namespacesOf(way),
    ...servicesOf(way),
    way.reason,
    way.message,
    way.mesh,
    way.mode,
    way.standing,
    ...way.accepted,
  ]
    .join('\n')
    .toLowerCase(),
})

/** All words have to be there, in any order. */
export const filtered = (entries: readonly Entry[], filter: Filter): readonly Entry[] => {
  const words = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '')
  return entries.filter(
    ({ way, text }) =>
      (filter.states.length === 0 || filter.states.includes(way.state)) &&
      (filter.mesh === '' || way.mesh === filter.mesh) &&
      (filter.namespace === '' || namespacesOf(way).includes(filter.namespace)) &&
      words.every(word => text.includes(word)),
  )
}

/** What needs somebody first; within it, by place. */
export const inOrder = (entries: Iterable<Entry>): readonly Entry[] =>
  [...entries].toSorted(
    (one, other) =>
      STATES.indexOf(one.way.state) - STATES.indexOf(other.way.state) ||
      compare(namespacesOf(one.way)[0], namespacesOf(other.way)[0]) ||
      compare(one.key, other.key),
  )

const compare = (one = '', other = ''): number => Number(one > other) - Number(one < other)
