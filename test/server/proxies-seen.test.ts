import { t } from 'tap'
import { review } from '../../src/core/review.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { ProxiesSeen } from '../../src/server/proxies-seen.ts'
import { factsOn, mesh, reviewOf, upstream } from '../harness/build.ts'
import { ENVOY, gatewayProxy } from '../harness/workloads.ts'

const FACTS = factsOn(undefined, mesh('team-a.istio', { istioVersion: '1.22.3' }))
const proxy = (tag: string): JsonObject =>
  gatewayProxy({ containers: [{ ...ENVOY, image: `example.com/gloo-envoy-wrapper:${tag}` }] })

/** A webhook that has just started, as far as its memory goes. */
const started = () => {
  const proxies = new ProxiesSeen()
  const admit = (object: JsonObject, more: JsonObject = {}) => {
    const known = proxies.with(FACTS)
    const reviewed = review(JSON.stringify(reviewOf(object, more)), known)
    proxies.note(reviewed)
    return reviewed
  }
  return { admit, seen: () => proxies.with(FACTS).glooSeen }
}
const named = (name: string, namespace = 'gloo-system') => ({ name, namespace })

t.test('an Upstream goes by the proxies of its namespace, once they have passed by', async t => {
  const { admit } = started()
  t.equal(admit(upstream()).decision.finding.reason, 'GlooVersionUnknown')
  t.equal(admit(proxy('1.17.3')).decision.finding.reason, 'CertificatesMounted')
  const { decision, object } = admit(upstream())
  t.equal(decision.finding.reason, 'MtlsEnabled')
  t.match(viewUpstream(object).sslConfig, { sds: { targetUri: '127.0.0.1:8234' } })
  t.equal(admit(upstream(), named('x', 'other')).decision.finding.reason, 'GlooVersionUnknown')
})

t.test('proxies that do not agree tell of nothing, until they do', async t => {
  const { admit, seen } = started()
  admit(proxy('1.17.3'), named('a'))
  admit(proxy('1.16.0'), named('b'))
  t.strictSame(seen(), {})
  admit(proxy('1.17.3'), named('b'))
  t.strictSame(seen(), { 'gloo-system': '1.17.3' })
})

t.test('what is not stored, or is no proxy, is not taken note of', async t => {
  const { admit, seen } = started()
  admit(proxy('1.17.3'), { dryRun: true })
  admit(proxy('latest'))
  admit(upstream())
  admit(proxy('1.17.3'), { operation: 'DELETE', object: null })
  t.strictSame(seen(), {})
})

t.test('who labels more Deployments than any cluster has is not listened to', async t => {
  const { admit, seen } = started()
  for (let count = 0; count < 1000; count++) admit(proxy('1.17.3'), named(`${count}`))
  admit(proxy('1.17.3'), named('late', 'late'))
  t.strictSame(Object.keys(seen()), ['gloo-system'])
  admit(proxy('1.18.0'), named('1'))
  t.strictSame(seen(), {}, 'those that are known may change')
})

t.test('the facts are the same until more is seen, or they are others', async t => {
  const proxies = new ProxiesSeen()
  const before = proxies.with(FACTS)
  t.equal(proxies.with(FACTS), before)
  proxies.note(review(JSON.stringify(reviewOf(proxy('1.17.3'), named('a'))), before))
  const after = proxies.with(FACTS)
  t.not(after, before)
  t.strictSame(after.glooSeen, { 'gloo-system': '1.17.3' })
  t.equal(proxies.with({ ...FACTS, mountRoot: '/other' }).mountRoot, '/other')
})
