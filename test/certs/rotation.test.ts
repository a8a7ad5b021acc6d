import { t } from 'tap'
import { createAuthority } from '../../src/certs/authority.ts'
import type { AuthorityRecord } from '../../src/certs/authority-record.ts'
import { nextStep, type RotationFacts, type RotationStep } from '../../src/certs/rotation.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const MINUTE = 60_000
const DAY = 1440 * MINUTE
const make = (now = NOW) => createAuthority({ commonName: 'a', days: 30, now: new Date(now) })
const [current, next, former] = await Promise.all([make(), make(NOW + 20 * DAY), make()])

const young: AuthorityRecord = { current, next: undefined, former: [], switchedAt: NOW }
const turning: AuthorityRecord = { ...young, next }
const turned: AuthorityRecord = { ...young, former: [former.certPem] }
const facts: RotationFacts = {
  now: NOW,
  published: [current.certPem],
  settle: MINUTE,
  certificateLife: 7 * DAY,
  rotateBefore: 0,
}
const both = [current.certPem, next.certPem]
const late = NOW + 20 * DAY

const rows: readonly [string, AuthorityRecord, Partial<RotationFacts>, RotationStep][] = [
  ['a young authority stays', young, {}, 'none'],
  ['until two thirds of its life', young, { now: late - 1 }, 'none'],
  ['and then another is made', young, { now: late }, 'prepare'],
  [
    'one that is asked to go, goes',
    young,
    { now: NOW + DAY, rotateBefore: NOW + MINUTE },
    'prepare',
  ],
  ['one made since then stays', young, { now: NOW + DAY, rotateBefore: NOW }, 'none'],
  ['a moment to come is none yet', young, { now: NOW, rotateBefore: NOW + DAY }, 'none'],
  ['the next waits until it is trusted', turning, { now: late + DAY }, 'none'],
  ['and until that has settled', turning, { now: late + MINUTE - 1, published: both }, 'none'],
  ['then it signs', turning, { now: late + MINUTE, published: both }, 'switch'],
  [
    'where nobody publishes only time counts',
    turning,
    { now: late + MINUTE, published: undefined },
    'switch',
  ],
  [
    'when the current one is over there is nothing to wait for',
    turning,
    { now: NOW + 30 * DAY, published: [] },
    'switch',
  ],
  ['the former stays trusted', turned, { now: NOW + 7 * DAY - 1 }, 'none'],
  ['as long as one of its certificates may live', turned, { now: NOW + 7 * DAY }, 'drop'],
]
for (const [what, record, more, step] of rows)
  t.test(what, async t => {
    t.equal(nextStep(record, { ...facts, ...more }), step)
  })
