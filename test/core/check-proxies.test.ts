import { t } from 'tap'
import { PROXY_CHECKS } from '../../src/core/check-proxies.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { adding, editing, merged, type Row, testRows, without } from '../harness/evidence.ts'
import { gatewayProxy } from '../harness/live.ts'

const PROXY = 'gateway-proxy'
const proxy = (change: JsonObject) => editing('Deployment', one => merged(one, change), PROXY)
const annotated = (annotations: JsonObject) => ({ before: proxy({ metadata: { annotations } }) })
const none = { before: without('Deployment') }
const podOf = (one: JsonObject) => Object(one['spec']).template.spec
/** The pod spec of the proxy changed. */
const inPod = (change: (pod: JsonObject) => JsonObject) =>
  editing(
    'Deployment',
    one => merged(one, { spec: { template: { spec: change(podOf(one)) } } }),
    PROXY,
  )
const container = (name: string, more: JsonObject) =>
  inPod(pod => ({
    containers: [
      ...(pod['containers'] as JsonObject[]),
      { name, image: 'example.com/x:1', ...more },
    ],
  }))
/** What our sds container has for an address. */
const address = (value: string | undefined) =>
  inPod(pod => ({
    containers: (pod['containers'] as JsonObject[]).map(one =>
      one['name'] === 'sds'
        ? {
            ...one,
            env: [
              { name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' },
              ...(value === undefined ? [] : [{ name: 'SDS_SERVER_ADDRESS', value }]),
            ],
          }
        : one,
    ),
  }))
const onNode = inPod(() => ({ hostNetwork: true }))
const daemonSet = { kind: 'DaemonSet', status: { desiredNumberScheduled: 2 } }

const rows: readonly Row[] = [
  ['proxies-injected', {}, 'passed', /^1 proxy as decided$/],
  ['proxies-injected', none, 'skipped', 'no proxy'],
  [
    'proxies-injected',
    annotated({ 'gloo-istio.io/inject': 'disabled' }),
    'passed',
    '1 proxy as decided, 1 opted out',
  ],
  [
    'proxies-injected',
    { after: adding(gatewayProxy('1.17.3', 'new')) },
    'warning',
    'not as decided yet: gloo-system/new',
  ],
  [
    'proxies-injected',
    { told: { stage: 'observe' } },
    'warning',
    'not as decided yet: gloo-system/gateway-proxy',
  ],
  ['proxies-rolled-out', {}, 'passed', '1 proxy rolled out'],
  ['proxies-rolled-out', none, 'skipped', 'no proxy is to have pods'],
  [
    'proxies-rolled-out',
    { after: proxy({ status: { availableReplicas: 0 } }) },
    'failed',
    'not ready: gloo-system/gateway-proxy',
  ],
  ['proxies-rolled-out', { after: proxy(daemonSet) }, 'failed', 'gloo-system/gateway-proxy'],
  ['proxies-clashes', {}, 'passed', 'clash'],
  ['proxies-clashes', none, 'skipped', 'no proxy'],
  [
    'proxies-clashes',
    { before: container('istio-proxy', {}) },
    'failed',
    /gateway-proxy: mesh istio-system.istio not injected: .*\[ContainerNameTaken\]$/,
  ],
  ['proxies-drift', {}, 'passed', 'as it was'],
  ['proxies-drift', { after: address('127.0.0.1:9') }, 'warning', /\[AdditionChanged\]$/],
  ['proxies-annotations', {}, 'passed', 'no annotation is a slip'],
  [
    'proxies-annotations',
    annotated({ 'gloo-istio.io/meshes': 'nowhere.mesh' }),
    'warning',
    /mesh "nowhere.mesh" is not known.*\[UnknownMesh\]$/,
  ],
  ['proxies-meshes', {}, 'passed', 'no mesh is left out'],
  [
    'proxies-meshes',
    {
      before: objects => [
        ...objects.filter(({ metadata }) => Reflect.get(Object(metadata), 'name') !== PROXY),
        gatewayProxy('1.4.0'),
      ],
      meshes: ['one', 'two'].map(name => ({
        namespace: 'istio-system',
        name,
        istioNamespace: 'istio-system',
        istioVersion: '1.3.0',
        mode: 'node-agent-sds' as const,
      })),
    },
    'warning',
    /mesh istio-system.two is left out.*\[MeshNotCarried\]$/,
  ],
  ['proxies-host-network', {}, 'passed', 'at most one'],
  ['proxies-host-network', { before: onNode }, 'passed', 'at most one'],
  [
    'proxies-host-network',
    {
      before: objects =>
        onNode(objects).flatMap(one =>
          Reflect.get(Object(one['metadata']), 'name') === PROXY
            ? [one, merged(one, { metadata: { name: 'second' } })]
            : [one],
        ),
    },
    'warning',
    'wanted by gloo-system/gateway-proxy, gloo-system/second',
  ],
  ['proxies-sds-exposed', {}, 'passed', '127.0.0.1 alone'],
  [
    'proxies-sds-exposed',
    { after: address('0.0.0.0:8235') },
    'warning',
    /container sds was there before .* port 8235 .*\[SdsExposed\]$/,
  ],
  ['proxies-sds-exposed', { after: address(undefined) }, 'warning', 'port 8234'],
]

testRows(t, PROXY_CHECKS, rows)
