import { t } from 'tap'
import { found, passed, skipped } from '../../src/core/check.ts'
import {
  logsOf,
  namespaceOf,
  namespacesByMode,
  placeOf,
  proxiesOf,
  proxyPlansOf,
  unlessSaid,
  upstreamsOf,
} from '../../src/core/check-look.ts'
import { editing, evidenceOf, merged, without } from '../harness/evidence.ts'

const healthy = evidenceOf()
const none = evidenceOf({ before: without('Deployment', 'Upstream') })

t.test('places', async t => {
  const object = { metadata: { namespace: 'a', name: 'b' } }
  t.equal(placeOf(object), 'a/b')
  t.equal(placeOf({ metadata: { name: 'b' } }), 'b')
  t.equal(namespaceOf(object), 'a')
})

t.test('proxies and Upstreams, each looked at once', async t => {
  t.strictSame(proxiesOf(healthy).map(placeOf), ['gloo-system/gateway-proxy'])
  t.match(proxyPlansOf(healthy), [
    { place: 'gloo-system/gateway-proxy', patch: [], forms: [{ mode: 'istio-agent' }] },
  ])
  t.equal(proxyPlansOf(healthy), proxyPlansOf(healthy))
  t.match(upstreamsOf(healthy), [
    { place: 'gloo-system/team-a-details-9080', report: { standing: 'mtls' } },
  ])
  t.equal(upstreamsOf(healthy), upstreamsOf(healthy))
  t.strictSame(proxiesOf({ ...healthy, facts: { ...healthy.facts, snapshot: undefined } }), [])
})

t.test('namespaces where some mode is wanted', async t => {
  t.strictSame(namespacesByMode(healthy, ['istio-agent']), ['gloo-system'])
  t.strictSame(namespacesByMode(healthy, ['citadel-sds']), [])
})

t.test('what is said of proxies', async t => {
  const check = unlessSaid(['OptedOut'], 'good', () => 'do')
  t.strictSame(check(none), skipped('no proxy of Gloo is found'))
  t.strictSame(check(healthy), passed('good'))
  const out = evidenceOf({
    before: editing('Deployment', one =>
      merged(one, { metadata: { annotations: { 'gloo-istio.io/inject': 'disabled' } } }),
    ),
  })
  t.strictSame(
    check(out),
    found(
      'gloo-system/gateway-proxy: annotation gloo-istio.io/inject is "disabled" [OptedOut]',
      'do',
    ),
  )
})

t.test('where logs are', async t => {
  t.equal(logsOf(healthy), 'kubectl logs -n gloo-istio deployment/gloo-istio')
  t.equal(logsOf(evidenceOf({ objects: { releaseDeployments: [] } })), 'see the log of the process')
})
