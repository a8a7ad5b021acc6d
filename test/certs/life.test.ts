import { t } from 'tap'
import { createAuthority } from '../../src/certs/authority.ts'
import { isDue, isGood, lifeOf } from '../../src/certs/life.ts'

const DAY = 86_400_000
const MADE = Date.parse('2026-01-01T00:00:00Z')

t.test('the life of a certificate, by the moment it was made', async t => {
  const made = await createAuthority({ commonName: 'a', days: 3, now: new Date(MADE) })
  t.strictSame(lifeOf(made.certPem), { made: MADE, end: MADE + 3 * DAY })
  t.throws(() => lifeOf('nothing'))
})

t.test('it is due when two thirds are over', async t => {
  const life = { made: MADE, end: MADE + 3 * DAY }
  t.notOk(isDue(life, MADE + 2 * DAY - 1))
  t.ok(isDue(life, MADE + 2 * DAY))
})

t.test('it is good from a little before it was made until its end', async t => {
  const life = { made: MADE, end: MADE + DAY }
  t.notOk(isGood(life, MADE - 5 * 60_000 - 1))
  t.ok(isGood(life, MADE - 5 * 60_000))
  t.ok(isGood(life, MADE + DAY - 1))
  t.notOk(isGood(life, MADE + DAY))
})
