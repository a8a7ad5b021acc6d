import { t } from 'tap'
import { dyingIn, isDue, longestLife, shortestLife } from '../../src/core/check-life.ts'
import { certificate, certificatesAt, NOW } from '../harness/evidence.ts'

const [over, young, old] = [certificate(-1), certificate(300), certificate(30)]
const early = { ...young, notBefore: NOW + 1000 }

t.test('what lives longest, and what is over first', async t => {
  t.equal(longestLife([young, old, over], NOW), 300)
  t.equal(longestLife([over, early], NOW), -1)
  t.equal(shortestLife([young, old], NOW), 30)
  t.equal(shortestLife([young, over], NOW), -1)
  t.equal(shortestLife([early], NOW), -1)
})

t.test('due once two thirds are over', async t => {
  t.notOk(isDue(young, NOW))
  t.notOk(isDue(certificate(122), NOW))
  t.ok(isDue(certificate(121), NOW))
})

t.test('those that are over, or soon will be, with what is left to them', async t => {
  const places = [
    certificatesAt('a', young),
    certificatesAt('b', young, old),
    certificatesAt('c', over),
    certificatesAt('d'),
  ]
  t.strictSame(dyingIn(places, NOW, 60), ['b (30 days)', 'c (expired)'])
})
