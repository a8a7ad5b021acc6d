import { t } from 'tap'
import type { ChangeByName } from '../../src/core/change-by-name.ts'
import { textAt, withValue } from '../../src/core/json.ts'
import {
  injectProxies,
  namesOfProxies,
  proxiesNamed,
  uninjectProxies,
} from '../../src/core/proxies-by-name.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { factsOn, mesh } from '../harness/build.ts'
import { applied, live, proxyOn } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const MESH = mesh('istio-system.istio', { istioVersion: '1.22.3' })
const OLD = factsOn('1.9.22', MESH)
const named = (object: JsonObject, name: string) => withValue(object, ['metadata', 'name'], name)
const configMap = (name: string, data: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'gloo-system', name, labels: { gloo: 'gateway-proxy' } },
  data,
})
const BOOTSTRAP = configMap('c', { 'envoy.yaml': 'static_resources:\n  clusters:\n  - name: a\n' })
const other = configMap('d', { a: 'b' })
const mounting = (...names: readonly string[]) =>
  proxyOn('1.9.22', {
    volumes: [
      { name: 'x', emptyDir: {} },
      ...names.map(name => ({ name: `v-${name}`, configMap: { name } })),
    ],
  })
const PROXY = mounting('c', 'd', 'missing')

const told = (changes: readonly ChangeByName[]) =>
  changes.map(({ object, decision }) => [
    `${textAt(object, 'kind')} ${textAt(object, 'metadata', 'name')}`,
    decision.finding.reason,
  ])
const after = (changes: readonly ChangeByName[]) =>
  changes.map(({ object, patch }) => applied(object, patch))
const uninject = (proxies: readonly JsonObject[], known: Facts) =>
  uninjectProxies(proxies, known, { isForced: false })

t.test('a proxy is found by its name, of either kind', async t => {
  const daemonSet = { ...named(gatewayProxy(), 'edge'), kind: 'DaemonSet' }
  const control = named(gatewayProxy({ labels: { gloo: 'gloo' }, containers: [] }), 'gloo')
  const known = live(OLD, PROXY, daemonSet, control)
  const find = (namespace: string, name: string) => proxiesNamed(known, { namespace, name })
  t.strictSame(find('gloo-system', 'gateway-proxy'), [PROXY])
  t.strictSame(find('gloo-system', 'edge'), [daemonSet])
  t.strictSame(find('gloo-system', 'gloo'), [control], 'it is told that it is none')
  t.strictSame(find('default', 'gateway-proxy'), [])
  t.strictSame(proxiesNamed(OLD, { namespace: 'a', name: 'b' }), [])
  t.strictSame(namesOfProxies(known), ['gloo-system/gateway-proxy', 'gloo-system/edge'])
})

t.test('the bootstrap that a proxy reads goes first, and on the way back last', async t => {
  const known = live(OLD, PROXY, BOOTSTRAP, other)
  const changes = injectProxies([PROXY], known, '')
  t.strictSame(told(changes), [
    ['ConfigMap c', 'BootstrapExtended'],
    ['Deployment gateway-proxy', 'CertificatesMounted'],
  ])
  const [bootstrap = {}, proxy = {}] = after(changes)
  t.strictSame(told(uninject([proxy], live(OLD, proxy, bootstrap, other))), [
    ['Deployment gateway-proxy', 'CertificatesRemoved'],
    ['ConfigMap c', 'BootstrapRestored'],
  ])
})

t.test('a bootstrap that another proxy of ours reads stays', async t => {
  const known = live(OLD, PROXY, named(mounting('c'), 'b'), BOOTSTRAP)
  const [bootstrap = {}, one = {}, two = {}] = after(
    injectProxies([PROXY, named(mounting('c'), 'b')], known, ''),
  )
  const all = live(OLD, bootstrap, one, two)
  t.strictSame(told(uninject([one], all)), [['Deployment gateway-proxy', 'CertificatesRemoved']])
  t.equal(uninject([one, two], all).length, 3)
})

t.test('a bootstrap is opted out only where something of ours is in it, or would be', async t => {
  t.strictSame(told(uninject([PROXY], live(OLD, PROXY, BOOTSTRAP))), [
    ['Deployment gateway-proxy', 'UninjectAsked'],
    ['ConfigMap c', 'UninjectAsked'],
  ])
  const NEW = factsOn('1.17.3', MESH)
  const proxy = named(proxyOn('1.17.3'), 'gateway-proxy')
  t.strictSame(told(uninject([proxy], live(NEW, proxy, BOOTSTRAP))), [
    ['Deployment gateway-proxy', 'UninjectAsked'],
  ])
})

t.test('each bootstrap goes by the Gloo that reads it, while versions differ', async t => {
  const untold = factsOn(undefined, MESH)
  const config = (name: string) => withValue(BOOTSTRAP, ['metadata', 'name'], name)
  const on = (gloo: string, name: string) =>
    named(proxyOn(gloo, { volumes: [{ name: 'v', configMap: { name: `${name}-config` } }] }), name)
  const proxies = [on('1.9.22', 'old'), on('1.17.3', 'new')]
  const unknown = gatewayProxy({ volumes: [{ name: 'v', configMap: { name: 'none-config' } }] })
  const maps = ['old-config', 'new-config', 'none-config'].map(config)
  const known = live(untold, ...proxies, unknown, ...maps)
  t.strictSame(told(injectProxies([...proxies, unknown], known, '')), [
    ['ConfigMap old-config', 'BootstrapExtended'],
    ['ConfigMap new-config', 'BootstrapNotNeeded'],
    ['ConfigMap none-config', 'GlooVersionUnknown'],
    ['Deployment old', 'CertificatesMounted'],
    ['Deployment new', 'CertificatesMounted'],
    ['Deployment gateway-proxy', 'GlooVersionUnknown'],
  ])
})
