import type { AuthorityRecord } from './authority-record.ts'
import { isDue, isGood, lifeOf } from './life.ts'

/**
 * What a rotation needs next. Two phases: nothing is signed by an authority that is not trusted yet,
 * and none loses trust while something it signed may be served.
 */
export type RotationStep = 'none' | 'prepare' | 'switch' | 'drop'

export interface RotationFacts {
  /** Milliseconds since 1970. */
  readonly now: number
  /** What the API server trusts, as read back; undefined when nobody publishes it. */
  readonly published: readonly string[] | undefined
  /** How long the next authority is trusted before it signs: other API servers learn of it later. Milliseconds. */
  readonly settle: number
  /** How long a certificate lives that an authority signs. Milliseconds. */
  readonly certificateLife: number
  /** Authorities made before this are replaced, however young. Milliseconds since 1970. */
  readonly rotateBefore: number
}

export const nextStep = (record: AuthorityRecord, facts: RotationFacts): RotationStep => {
  const { now } = facts
  if (record.next) return maySwitch(record.next.certPem, record, facts) ? 'switch' : 'none'
  const life = lifeOf(record.current.certPem)
  // A time to come would make one authority after the other until it is there.
  const isUnwanted = facts.rotateBefore <= now && life.made < facts.rotateBefore
  if (isDue(life, now) || isUnwanted) return 'prepare'
  const isNeeded = now < record.switchedAt + facts.certificateLife
  return record.former.length > 0 && !isNeeded ? 'drop' : 'none'
}

const maySwitch = (next: string, { current }: AuthorityRecord, facts: RotationFacts): boolean => {
  const { now, published, settle } = facts
  // Nobody trusts what is over: there is nothing to lose.
  if (!isGood(lifeOf(current.certPem), now)) return true
  const isTrusted = published === undefined || published.includes(next)
  return isTrusted && now >= lifeOf(next).made + settle
}
