import { type Break, breakOf, breaksIn, type Link } from './verify-breaks.ts'
import type { UpstreamWanted } from './verify-decision.ts'
import type { PodVerified } from './verify-pod.ts'

/**
 * `proved`: Envoy does what was decided, and was seen to do so; `untried`: the same, but no request has gone there
 * yet; `broken`: it does not; `unasked`: nobody could be asked, so nothing is known.
 */
export type Verdict = 'proved' | 'untried' | 'broken' | 'unasked'

export interface Verification {
  readonly verdict: Verdict
  /** The first link that breaks, and where. */
  readonly break: Break | undefined
  readonly links: readonly Link[]
  readonly pods: readonly PodVerified[]
}

/** What comes of all pods together. */
export const verificationOf = (
  { links }: Pick<UpstreamWanted, 'links'>,
  pods: readonly PodVerified[],
): Verification => {
  const asked = pods.filter(({ links: found }) => !breaksIn(found).some(isOfAdmin))
  const breaks = breaksIn([...links, ...asked.flatMap(pod => pod.links)])
  const first = breaks[0] ?? (asked.length < pods.length ? undefined : differing(asked))
  if (first) return { verdict: 'broken', break: withPlace(first, pods), links, pods }
  const unasked = breaksIn(pods.flatMap(pod => pod.links))[0]
  if (unasked) return { verdict: 'unasked', break: unasked, links, pods }
  const isTried = pods.some(pod => pod.links.every(({ state }) => state === 'ok'))
  return { verdict: isTried ? 'proved' : 'untried', break: undefined, links, pods }
}

const isOfAdmin = ({ link }: Break): boolean => link === 'admin'

const differing = (pods: readonly PodVerified[]): Break | undefined => {
  const groups = [...Map.groupBy(pods, ({ trust }) => trust)]
  if (groups.length < 2) return undefined
  const differences = groups
    .map(([trust, found]) => `${found.map(({ pod }) => pod.name).join(', ')}: ${trust}`)
    .join('; ')
  return breakOf('PodsDiffer', { differences })
}

/** Which pods it is about, where that is not all of them. */
const withPlace = (found: Break, pods: readonly PodVerified[]): Break => {
  const places = pods.filter(({ links }) => breaksIn(links).some(({ code }) => code === found.code))
  if (places.length === 0 || places.length === pods.length) return found
  const names = places.map(({ pod }) => pod.name).join(', ')
  const where = `in ${names} alone (${places.length} of ${pods.length} pods): `
  return { ...found, message: where + found.message }
}

/** For the command that waits until a request has been seen. */
export const withNoHandshake = (found: Verification, cluster: string): Verification =>
  found.verdict === 'untried'
    ? { ...found, verdict: 'broken', break: breakOf('NoHandshake', { cluster }) }
    : found
