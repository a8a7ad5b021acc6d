import { t } from 'tap'
import {
  brokenField,
  certificateSecretOf,
  containerNamed,
  containersOf,
  envoyContainerIndex,
  envoyContainerNames,
  envoyContainerOf,
  hasWholeSidecar,
  isGatewayProxy,
} from '../../src/core/gateway-proxy.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { ENVOY, envoyWith, gatewayProxy, type Shape } from '../harness/workloads.ts'

const IMAGE = 'quay.io/solo-io/gloo-envoy-wrapper:1.22.1'
const other = { name: 'other' }
const plain = { name: 'x', image: 'x:1' }

// Gloo's own control plane, where its own mTLS is on: an Envoy, but no proxy for requests
// (gloo@v1.22.1:install/helm/gloo/templates/1-gloo-deployment.yaml).
const controlPlane: Shape = {
  labels: { app: 'gloo', gloo: 'gloo' },
  containers: [
    {
      name: 'envoy-sidecar',
      image: IMAGE,
      ports: [{ name: 'grpc-xds', containerPort: 9977 }],
      volumeMounts: [{ name: 'envoy-sidecar-config', mountPath: '/etc/envoy' }],
    },
    { name: 'sds', image: 'quay.io/solo-io/sds:1.22.1' },
    { name: 'gloo', image: 'quay.io/solo-io/gloo:1.22.1' },
  ],
}

const proxies: readonly [string, Shape, boolean][] = [
  ['a gateway-proxy', { labels: { gloo: 'gateway-proxy' } }, true],
  ['a gateway-proxy of 0.18', { labels: { gloo: 'gateway-proxy-v2' } }, true],
  ['a gateway-proxy without an Envoy', { containers: [plain] }, true],
  ['an ingress-proxy', { labels: { gloo: 'ingress-proxy' }, containers: [plain] }, true],
  ['a clusteringress-proxy', { labels: { gloo: 'clusteringress-proxy' } }, true],
  ['a knative-external-proxy', { labels: { gloo: 'knative-external-proxy' } }, true],
  ['a knative-internal-proxy', { labels: { gloo: 'knative-internal-proxy' } }, true],
  ['a proxy of the Gateway API', { labels: { gloo: 'kube-gateway' } }, true],
  ['an ingress-proxy by a label of its user', { labels: { gloo: 'edge' } }, true],
  ['its image alone', { labels: { gloo: 'edge' }, containers: [{ image: IMAGE }] }, false],
  [
    'a workload of Gloo without an Envoy',
    { labels: { gloo: 'discovery' }, containers: [plain] },
    false,
  ],
  ['Gloo’s control plane', controlPlane, false],
  ['an Envoy without the label', { labels: { 'gateway-proxy-id': 'internal' } }, false],
  ['a label on the pods alone', { labels: {}, templateLabels: { gloo: 'gateway-proxy' } }, false],
  ['a label that is no text', { labels: { gloo: 3 }, containers: [plain] }, false],
  ['a label that is null', { labels: { gloo: null } }, false],
  ['something else', { labels: {} }, false],
]
for (const [title, shape, expected] of proxies)
  t.test(`${title} is ${expected ? 'a proxy' : 'no proxy'} of Gloo`, async t =>
    t.equal(isGatewayProxy(gatewayProxy(shape)), expected),
  )

const byMount = { ...ENVOY, name: 'envoy' }
const containers: readonly [string, Shape, number][] = [
  ['alone', {}, 0],
  ['known by its name alone', { containers: [{ name: 'gateway-proxy' }, other] }, 0],
  [
    'with more mounts than its bootstrap',
    { containers: [other, { ...envoyWith('x', '/x'), name: 'envoy' }] },
    1,
  ],
  ['behind another', { containers: [other, ENVOY] }, 1],
  [
    'named by its id, not by habit',
    { labels: { 'gateway-proxy-id': 'in' }, containers: [ENVOY, { name: 'in' }] },
    1,
  ],
  [
    'named by the id of the pods',
    {
      labels: {},
      templateLabels: { 'gateway-proxy-id': 'in' },
      containers: [ENVOY, { name: 'in' }],
    },
    1,
  ],
  ['named as in 0.18', { containers: [other, { name: 'gateway-proxy-v2' }] }, 1],
  [
    'named as in 0.18 with the other name there',
    { containers: [{ name: 'gateway-proxy-v2' }, ENVOY] },
    1,
  ],
  ['known by its image', { containers: [byMount, { name: 'ingress-proxy', image: IMAGE }] }, 1],
  ['known by its bootstrap', { containers: [other, byMount] }, 1],
  ['mounting the bootstrap without a port', { containers: [{ ...byMount, ports: [] }] }, -1],
  [
    'mounting it elsewhere',
    { containers: [{ ...byMount, volumeMounts: [{ name: 'envoy-config', mountPath: '/x' }] }] },
    -1,
  ],
  ['missing', { containers: [other] }, -1],
  ['in no list', { podSpec: { containers: 'text' } }, -1],
]
for (const [title, shape, expected] of containers)
  t.test(`Envoy ${title} is container ${expected}`, async t => {
    const workload = gatewayProxy(shape)
    t.equal(envoyContainerIndex(workload), expected)
    t.strictSame(envoyContainerOf(workload), containersOf(workload)[expected] ?? {})
  })

t.test('the names that a container may have are tried in their order', async t => {
  const both = { labels: { 'gateway-proxy-id': 'a' }, templateLabels: { 'gateway-proxy-id': 'b' } }
  t.strictSame(envoyContainerNames(gatewayProxy(both)), [
    'a',
    'b',
    'gateway-proxy',
    'gateway-proxy-v2',
  ])
  const odd = { labels: { 'gateway-proxy-id': 3 } }
  t.strictSame(envoyContainerNames(gatewayProxy(odd)), ['gateway-proxy', 'gateway-proxy-v2'])
})

const accounts: readonly [JsonObject, string][] = [
  [{}, 'istio.default'],
  [{ serviceAccountName: '' }, 'istio.default'],
  [{ serviceAccountName: 'gateway-proxy' }, 'istio.gateway-proxy'],
  [{ serviceAccount: 'old' }, 'istio.old'],
  [{ serviceAccountName: 'new', serviceAccount: 'old' }, 'istio.new'],
]
for (const [podSpec, expected] of accounts)
  t.test(`the Secret of ${JSON.stringify(podSpec)} is ${expected}`, async t =>
    t.equal(certificateSecretOf(gatewayProxy({ podSpec })), expected),
  )

const INJECT = 'sidecar.istio.io/inject'
const REVISION = 'istio.io/rev'
// labels of the pods | annotations of the pods | whether Istio injects a sidecar
const injections: readonly [JsonObject, JsonObject, boolean][] = [
  [{}, {}, false],
  [{ [INJECT]: 'true' }, {}, true],
  [{ [INJECT]: 'false' }, {}, false],
  [{ [REVISION]: '1-22' }, {}, true],
  [{ [REVISION]: '1-22', [INJECT]: 'false' }, {}, false],
  [{}, { [INJECT]: 'true' }, true],
  [{}, { [INJECT]: 'false' }, false],
  [{}, { [INJECT]: true }, true],
  [{ [INJECT]: 'false' }, { [INJECT]: 'true' }, false],
  [{ [REVISION]: null }, {}, false],
]
for (const [labels, annotations, expected] of injections)
  t.test(
    `${JSON.stringify({ labels, annotations })} is ${expected ? '' : 'not '}injected`,
    async t => {
      const workload = { spec: { template: { metadata: { labels, annotations } } } }
      t.equal(hasWholeSidecar(workload), expected)
    },
  )

const AT = 'spec.template.spec'
const broken: readonly [string, Shape, string | undefined][] = [
  ['a proxy as it should be', {}, undefined],
  ['a proxy without lists', { containers: [plain], podSpec: { volumes: null } }, undefined],
  ['volumes', { podSpec: { volumes: {} } }, `${AT}.volumes`],
  [
    'mounts',
    { containers: [other, { ...ENVOY, volumeMounts: 'x' }] },
    `${AT}.containers[1].volumeMounts`,
  ],
  ['variables', { containers: [{ ...ENVOY, env: {} }] }, `${AT}.containers[0].env`],
  ['ports', { containers: [ENVOY, { ports: 8080 }] }, `${AT}.containers[1].ports`],
  ['a security context', { podSpec: { securityContext: [] } }, `${AT}.securityContext`],
  ['no security context', { podSpec: { securityContext: null } }, undefined],
  ['an empty security context', { podSpec: { securityContext: {} } }, undefined],
]
for (const [title, shape, expected] of broken)
  t.test(`${title} of the wrong type is ${expected ?? 'nothing'}`, async t =>
    t.equal(brokenField(gatewayProxy(shape)), expected),
  )

t.test('a container is found by its name, wherever it stands', async t => {
  const workload = gatewayProxy({ containers: [plain, ENVOY] })
  t.equal(containerNamed(workload, 'gateway-proxy'), ENVOY)
  t.equal(containerNamed(workload, 'sds'), undefined)
  t.equal(containerNamed({}, 'sds'), undefined)
})
