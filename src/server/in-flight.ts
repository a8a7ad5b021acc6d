/** Why something was turned away: reviews under way, their bodies, or open connections. */
export type ShedReason = 'requests' | 'bytes' | 'connections'

export interface InFlightLimits {
  readonly maxInFlight: number
  readonly maxInFlightBytes: number
  /** Milliseconds after which a review gives way to another when there is no room for it. */
  readonly slowAfter: number
}

export interface InFlightPorts extends InFlightLimits {
  /** Milliseconds, which only go forward. */
  readonly now: () => number
}

/** A review that is too many. `detail` is what there is too much of. */
export interface Shed {
  readonly reason: ShedReason
  readonly detail: string
}

export interface InFlight {
  readonly count: () => number
  /**
   * Takes in a review with a body of `bytes`; answers how it leaves, or why it may not come in. `giveWay`
   * ends it when it is slow and others want its room.
   */
  readonly enter: (bytes: number, giveWay: () => void) => (() => void) | Shed
}

interface Review {
  readonly bytes: number
  readonly since: number
  readonly giveWay: () => void
  /** Where it is among those under way. */
  at: number
}

/**
 * Counts the reviews under way and their bodies, so that memory stays within bounds. Whoever sends a byte a
 * second may not keep that room from the rest: the oldest gives way, once it is slow.
 */
export const countInFlight = (ports: InFlightPorts): InFlight => {
  // Not a set: V8 makes the table of one anew every few changes, among the old objects once it is old itself, and
  // what that leaves behind brings on collections of the whole heap.
  const reviews: Review[] = []
  let total = 0
  const leave = (review: Review) => {
    if (reviews[review.at] !== review) return
    total -= review.bytes
    const last = reviews.pop()
    if (last === undefined || last === review) return
    last.at = review.at
    reviews[last.at] = last
  }
  const makeRoom = (): boolean => {
    if (reviews.length === 0) return false
    const oldest = reviews.reduce((one, other) => (other.since < one.since ? other : one))
    if (ports.now() - oldest.since < ports.slowAfter) return false
    leave(oldest)
    oldest.giveWay()
    return true
  }
  return {
    count: () => reviews.length,
    enter: (bytes, giveWay) => {
      let shed = tooMuch(ports, reviews.length, total, bytes)
      while (shed && makeRoom()) shed = tooMuch(ports, reviews.length, total, bytes)
      if (shed) return shed
      const review = { bytes, since: ports.now(), giveWay, at: reviews.length }
      reviews.push(review)
      total += bytes
      return () => leave(review)
    },
  }
}

const tooMuch = (
  { maxInFlight, maxInFlightBytes }: InFlightLimits,
  count: number,
  total: number,
  bytes: number,
): Shed | undefined => {
  if (count >= maxInFlight) return { reason: 'requests', detail: `${count} reviews` }
  if (total + bytes > maxInFlightBytes)
    return { reason: 'bytes', detail: `bodies of ${total} bytes` }
  return undefined
}
