import { t } from 'tap'
import { volumeNameOf } from '../../src/core/certificate-paths.ts'
import {
  brokenList,
  certificateSecretOf,
  containerName,
  envoyContainerIndex,
  envoyContainerNames,
  isGatewayProxy,
  mountsOf,
  volumeSecret,
  withCertificates,
} from '../../src/core/gateway-proxy.ts'
import { fieldAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { mesh } from '../harness/build.ts'
import { ENVOY, envoyWith, gatewayProxy, type Shape } from '../harness/workloads.ts'

const labels: readonly [Shape, boolean][] = [
  [{ labels: { gloo: 'gateway-proxy' } }, true],
  [{ labels: { gloo: 'gateway-proxy-v2' } }, true],
  [{ labels: { 'gateway-proxy-id': 'internal' } }, false],
  [{ labels: {}, templateLabels: { gloo: 'gateway-proxy' } }, false],
  [{ labels: { gloo: 'ingress-proxy' } }, false],
  [{ labels: { gloo: 3 } }, false],
  [{ labels: {} }, false],
]
for (const [shape, expected] of labels)
  t.test(`${JSON.stringify(shape)} is ${expected ? 'a' : 'no'} gateway-proxy`, async t =>
    t.equal(isGatewayProxy(gatewayProxy(shape)), expected),
  )

const other = { name: 'other' }
const byMount = { ...ENVOY, name: 'envoy' }
const containers: readonly [string, Shape, number][] = [
  ['alone', {}, 0],
  ['behind another', { containers: [other, ENVOY] }, 1],
  [
    'named by its id, not by habit',
    { labels: { 'gateway-proxy-id': 'in' }, containers: [ENVOY, { name: 'in' }] },
    1,
  ],
  ['named as in 0.18', { containers: [other, { name: 'gateway-proxy-v2' }] }, 1],
  ['known by its bootstrap', { containers: [other, byMount] }, 1],
  ['mounting the bootstrap without a port', { containers: [{ ...byMount, ports: [] }] }, -1],
  [
    'mounting it elsewhere',
    { containers: [{ ...byMount, volumeMounts: [{ name: 'envoy-config', mountPath: '/x' }] }] },
    -1,
  ],
  ['missing', { containers: [other] }, -1],
]
for (const [title, shape, expected] of containers)
  t.test(`Envoy ${title}`, async t => t.equal(envoyContainerIndex(gatewayProxy(shape)), expected))

t.test('a container is named, or not', async t => {
  t.equal(containerName(gatewayProxy(), 0), 'gateway-proxy')
  t.equal(containerName(gatewayProxy(), -1), '')
  const shape = { labels: { 'gateway-proxy-id': 'internal' } }
  t.strictSame(envoyContainerNames(gatewayProxy(shape)), [
    'internal',
    'gateway-proxy',
    'gateway-proxy-v2',
  ])
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

t.test('mounts are read whatever shape they have', async t => {
  const odd = {
    ...ENVOY,
    volumeMounts: [{ name: 'a', mountPath: '/a//' }, { name: 3 }, null, { mountPath: '/' }],
  }
  t.strictSame(mountsOf(gatewayProxy({ containers: [odd] }), 0), [
    { index: 0, volume: 'a', path: '/a' },
    { index: 1, volume: '', path: '' },
    { index: 2, volume: '', path: '' },
    { index: 3, volume: '', path: '/' },
  ])
})

t.test('a list that is none is named', async t => {
  const broken = { ...ENVOY, volumeMounts: 'x' }
  t.equal(brokenList(gatewayProxy(), 0), undefined)
  t.equal(brokenList(gatewayProxy({ podSpec: { volumes: {} } }), 0), 'spec.template.spec.volumes')
  t.equal(
    brokenList(gatewayProxy({ containers: [broken] }), 0),
    'spec.template.spec.containers[0].volumeMounts',
  )
})

t.test('a volume is a Secret, something else, or not there', async t => {
  const workload = gatewayProxy({
    volumes: [{ name: 'a', secret: { secretName: 's' } }, { name: 'b' }],
  })
  t.strictSame(
    ['a', 'b', 'c'].map(name => volumeSecret(workload, name)),
    ['s', '', undefined],
  )
})

const MOUNT = { mountRoot: '/etc/certs', mesh: mesh('a.b') }
const NAME = volumeNameOf(MOUNT.mesh)

t.test('certificates are appended after all that is there', async t => {
  const before = gatewayProxy({ containers: [other, ENVOY] })
  const after = withCertificates(before, 1, MOUNT)
  t.strictSame(mountsOf(after, 1).at(-1), { index: 1, volume: NAME, path: '/etc/certs/a/b' })
  t.equal(volumeSecret(after, NAME), 'istio.default')
  const pod = (workload: JsonObject, ...keys: string[]) =>
    fieldAt(workload, 'spec', 'template', 'spec', ...keys)
  t.equal((pod(after, 'containers') as unknown[])[0], other, 'another container is not even copied')
  t.equal((pod(after, 'volumes') as unknown[]).length, 2)
})

t.test('a volume that is there already is used', async t => {
  const volumes = [{ name: NAME, secret: { secretName: 'istio.default' } }]
  const after = withCertificates(gatewayProxy({ volumes }), 0, MOUNT)
  t.strictSame(fieldAt(after, 'spec', 'template', 'spec', 'volumes'), volumes)
  t.equal(mountsOf(after, 0).length, 2)
  t.equal(mountsOf(gatewayProxy({ containers: [envoyWith('x', '/x')] }), 0).length, 2)
})
