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
  giveWay: () => void
}

const GONE = (): void => {}

/**
 * Counts the reviews under way and their bodies, so that memory stays within bounds. Whoever sends a byte a
 * second may not keep that room from the rest: the oldest gives way, once it is slow.
 */
export const countInFlight = (ports: InFlightPorts): InFlight => {
  const reviews = new Set<Review>()
  let total = 0
  const leave = (review: Review) => {
    if (!reviews.delete(review)) return
    total -= review.bytes
    // V8 makes a set's table anew every few changes, and each refers to the next: once one of them is old, all that
    // were in the following ones would live until the next large collection, with their requests and bodies.
    review.giveWay = GONE
  }
  const makeRoom = (): boolean => {
    const [oldest] = reviews
    if (oldest === undefined || ports.now() - oldest.since < ports.slowAfter) return false
    const { giveWay } = oldest
    leave(oldest)
    giveWay()
    return true
  }
  return {
    count: () => reviews.size,
    enter: (bytes, giveWay) => {
      let shed = tooMuch(ports, reviews.size, total, bytes)
      while (shed && makeRoom()) shed = tooMuch(ports, reviews.size, total, bytes)
      if (shed) return shed
      const review = { bytes, since: ports.now(), giveWay }
      reviews.add(review)
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
