import { t } from 'tap'
import { passed, skipped } from '../../src/core/check.ts'
import {
  hooksOf,
  isOurs,
  isSentToUs,
  ownConfiguration,
  readyIn,
  upgrade,
  urlsOf,
  withHooks,
} from '../../src/core/check-hooks.ts'
import { endpoints, evidenceOf, hook, registration } from '../harness/evidence.ts'

const nobody = evidenceOf({ objects: { mutatingWebhooks: [] } })

t.test('the registration of the release, and of no other', async t => {
  t.ok(ownConfiguration(evidenceOf()))
  const other = registration([], 'gloo-istio.other')
  t.equal(ownConfiguration(evidenceOf({ objects: { mutatingWebhooks: [other] } })), undefined)
  t.ok(isOurs(other))
  t.notOk(isOurs({ metadata: { name: 'gloo-istio.gloo-istio' } }))
})

t.test('nothing is said of webhooks that are not registered', async t => {
  const count = withHooks(hooks => passed(`${hooks.length} hooks`))
  t.strictSame(count(evidenceOf()), passed('3 hooks'))
  t.strictSame(count(nobody), skipped('the webhook is not registered'))
})

t.test('URLs are told from Services', async t => {
  t.equal(
    urlsOf([hook('a'), hook('b', { clientConfig: { url: 'https://example.com' } })]).length,
    1,
  )
  t.strictSame(hooksOf({}), [])
})

t.test('an endpoint is ready unless it says otherwise', async t => {
  t.equal(readyIn(endpoints('a', 'b', true)).length, 1)
  t.equal(readyIn(endpoints('a', 'b', false)).length, 0)
  t.equal(readyIn({ endpoints: [{}] }).length, 1)
})

t.test('the command that brings the chart’s objects back', async t => {
  const evidence = evidenceOf()
  t.equal(
    upgrade(evidence),
    'helm upgrade gloo-istio charts/gloo-istio -n gloo-istio --reuse-values',
  )
  t.match(upgrade(evidence, ' --set a=b'), / --set a=b$/)
})

t.test('writes are sent by group, resource and namespace', async t => {
  const evidence = evidenceOf()
  t.ok(isSentToUs(evidence, ['gloo.solo.io', 'upstreams'], 'gloo-system'))
  t.notOk(isSentToUs(evidence, ['gloo.solo.io', 'upstreams'], 'kube-system'))
  t.notOk(isSentToUs(evidence, ['', 'pods'], 'gloo-system'))
  t.notOk(isSentToUs(nobody, ['gloo.solo.io', 'upstreams'], 'gloo-system'))
})
