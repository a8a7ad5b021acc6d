import { t } from 'tap'
import {
  agreedByNamespace,
  glooVersionIn,
  versionOfProxy,
  withSeen,
} from '../../src/core/observe.ts'
import type { Facts, Gloo, JsonObject } from '../../src/core/types.ts'
import { factsOn, gloo } from '../harness/build.ts'
import { ENVOY, gatewayProxy, type Shape } from '../harness/workloads.ts'

const IMAGE = 'quay.io/solo-io/gloo-envoy-wrapper'
const proxy = (tag: string, shape: Shape = {}, image = IMAGE) =>
  gatewayProxy({ containers: [{ ...ENVOY, image: `${image}:${tag}` }], ...shape })

const FACTS: Facts = factsOn(undefined)
const seen = (objects: readonly JsonObject[], more: Partial<Gloo> = {}): Gloo =>
  withSeen({ ...FACTS, gloo: gloo({ version: undefined, ...more }) }, objects).gloo

const PAID = 'quay.io/solo-io/gloo-ee-envoy-wrapper'

// objects | version of Gloo that they tell
const versions: readonly [string, readonly JsonObject[], string | undefined][] = [
  ['nothing', [], undefined],
  ['a proxy', [proxy('1.17.3')], '1.17.3'],
  ['a DaemonSet', [{ ...proxy('1.17.3'), kind: 'DaemonSet' }], '1.17.3'],
  ['two proxies of one version', [proxy('1.17.3'), proxy('1.17.3')], '1.17.3'],
  ['two variants of one version', [proxy('1.17.3'), proxy('1.17.3-distroless')], '1.17.3'],
  ['proxies of two versions', [proxy('1.17.3'), proxy('1.12.0')], undefined],
  ['a proxy that tells and one that does not', [proxy('1.17.3'), proxy('latest')], undefined],
  ['a proxy without a version', [proxy('latest')], undefined],
  ['a proxy of Gloo Enterprise', [proxy('1.17.3', {}, PAID)], '1.17'],
  ['a Pod', [{ ...proxy('1.17.3'), kind: 'Pod' }], undefined],
  ['a workload of something else', [proxy('1.17.3', { labels: {} })], undefined],
  ['a proxy beside other objects', [{ kind: 'Service' }, proxy('1.17.3'), {}], '1.17.3'],
]
for (const [title, objects, expected] of versions)
  t.test(`${title} tells of Gloo ${expected}`, async t => {
    t.equal(seen(objects).version?.replace(/-.*/, ''), expected)
    t.equal(seen(objects, { version: '1.0.0' }).version, '1.0.0', 'what is told goes first')
  })

const settings = (istioOptions: unknown, kind = 'Settings') => ({
  kind,
  spec: { gloo: { istioOptions } },
})
const BOTH = { enableAutoMtls: true, enableIntegration: true }

// Settings | what is told | auto-mTLS
const autoMtls: readonly [JsonObject, Gloo['autoMtls'], Gloo['autoMtls']][] = [
  [settings(BOTH), 'disabled', 'enabled'],
  [settings(BOTH), 'enabled', 'enabled'],
  [settings(BOTH), 'overridden', 'overridden'],
  [settings({ enableAutoMtls: true }), 'disabled', 'disabled'],
  [settings({ enableIntegration: true }), 'disabled', 'disabled'],
  [settings({ ...BOTH, enableAutoMtls: 'true' }), 'disabled', 'disabled'],
  [settings(undefined), 'disabled', 'disabled'],
  [settings(undefined), 'enabled', 'enabled'],
  [settings(BOTH, 'Upstream'), 'disabled', 'disabled'],
]
for (const [object, told, expected] of autoMtls)
  t.test(`${JSON.stringify(object)} with ${told} is ${expected}`, async t =>
    t.equal(seen([{}, object], { autoMtls: told }).autoMtls, expected),
  )

const INJECTED = { templateLabels: { 'sidecar.istio.io/inject': 'true' } }
const sidecars: readonly [string, readonly JsonObject[], boolean][] = [
  ['no proxy', [], false],
  ['a proxy', [proxy('1.17.3')], false],
  ['a proxy with a sidecar', [proxy('1.17.3', INJECTED)], true],
  ['all proxies with one', [proxy('1.17.3', INJECTED), proxy('1.17.3', INJECTED)], true],
  ['some proxies with one', [proxy('1.17.3', INJECTED), proxy('1.17.3')], false],
]
for (const [title, objects, expected] of sidecars)
  t.test(`${title} is ${expected ? 'encrypted already' : 'ours to encrypt'}`, async t => {
    t.equal(seen(objects).sidecarOnGateway, expected)
    t.equal(seen(objects, { sidecarOnGateway: true }).sidecarOnGateway, true)
  })

const BOOTSTRAP = 'static_resources:\n  clusters:\n  - name: xds\n'
const configMap = (name: string, text = BOOTSTRAP): JsonObject => ({
  kind: 'ConfigMap',
  metadata: { name },
  data: { 'envoy.yaml': text },
})
const internal = proxy('1.17.3', { volumes: [{ name: 'envoy-config', configMap: { name: 'd' } }] })
const noBootstrap = proxy('1.17.3', { volumes: [{ name: 'other', configMap: { name: 'c' } }] })
const bootstraps: readonly [string, readonly JsonObject[], boolean][] = [
  ['a proxy and its ConfigMap', [proxy('1.17.3'), configMap('c')], true],
  ['a proxy alone', [proxy('1.17.3')], false],
  ['a proxy and the ConfigMap of another', [proxy('1.17.3'), configMap('x')], false],
  ['a ConfigMap that has no list of clusters', [proxy('1.17.3'), configMap('c', 'a: 1')], false],
  ['two proxies and one ConfigMap', [proxy('1.17.3'), internal, configMap('c')], false],
  ['two proxies and both', [proxy('1.17.3'), internal, configMap('c'), configMap('d')], true],
  ['a proxy that mounts no bootstrap', [noBootstrap, configMap('c')], false],
  ['a ConfigMap alone', [configMap('c')], false],
]
for (const [title, objects, expected] of bootstraps)
  t.test(`${title} ${expected ? 'are' : 'are not'} extended together`, async t => {
    t.equal(seen(objects).bootstrapCluster, expected)
    t.equal(seen(objects, { bootstrapCluster: true }).bootstrapCluster, true)
  })

t.test('nothing but Gloo is observed', async t => {
  const { gloo: _before, ...before } = FACTS
  const { gloo: _after, ...after } = withSeen(FACTS, [proxy('1.17.3'), settings(BOTH)])
  t.strictSame(after, before)
})

t.test('a namespace goes by what is told, else by the proxies that were seen there', async t => {
  const of = (version: string | undefined, glooSeen: Facts['glooSeen']) =>
    glooVersionIn({ ...factsOn(version), glooSeen }, 'gloo-system')?.text
  t.equal(of('1.16.0', { 'gloo-system': '1.17.3' }), '1.16.0')
  t.equal(of(undefined, { 'gloo-system': '1.17.3' }), '1.17.3')
  t.equal(of(undefined, { tenant: '1.17.3' }), undefined)
  t.equal(of(undefined, {}), undefined)
})

t.test('only a proxy tells of a version', async t => {
  t.equal(versionOfProxy(proxy('1.17.3-distroless')), '1.17.3')
  t.equal(versionOfProxy(proxy('1.17.3', { labels: {} })), undefined)
  t.equal(versionOfProxy({ ...proxy('1.17.3'), kind: 'Pod' }), undefined)
})

t.test('a namespace has a Gloo where its proxies agree on one', async t => {
  const proxies = [
    ['a', '1.17.3'],
    ['a', '1.17.3'],
    ['b', '1.17.3'],
    ['b', '1.12.0'],
    ['c', '1.0.0'],
  ].map(([namespace = '', version = '']) => ({ namespace, version }))
  t.strictSame(agreedByNamespace(proxies), { a: '1.17.3', c: '1.0.0' })
  t.strictSame(agreedByNamespace([]), {})
})
