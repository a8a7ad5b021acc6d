import { t } from 'tap'
import { differs, isOn, proxyOf, userOf } from '../../src/core/proxy.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { parseVersion } from '../../src/core/version.ts'
import { gloo } from '../harness/build.ts'
import { ENVOY, gatewayProxy } from '../harness/workloads.ts'

const running = (image: string | undefined, more: JsonObject = {}) =>
  gatewayProxy({ containers: [{ ...ENVOY, ...(image && { image }), ...more }] })

const OPEN = 'quay.io/solo-io/gloo-envoy-wrapper'
const PAID = 'quay.io/solo-io/gloo-ee-envoy-wrapper'

// image | version that is told | the Gloo that runs | image of sds
const versions: readonly [string | undefined, string | undefined, string | undefined, string?][] = [
  [`${OPEN}:1.17.3`, undefined, '1.17.3', 'quay.io/solo-io/sds:1.17.3'],
  [`${OPEN}:1.17.3`, '1.12.0', '1.17.3', 'quay.io/solo-io/sds:1.17.3'],
  [`${OPEN}:latest`, '1.12.0', '1.12.0', 'quay.io/solo-io/sds:1.12.0'],
  [`${OPEN}:latest`, undefined, undefined],
  [`${PAID}:1.17.3`, undefined, '1.17', 'quay.io/solo-io/sds-ee:1.17.3'],
  [`${PAID}:1.17.3`, '1.17.9', '1.17.9', 'quay.io/solo-io/sds-ee:1.17.3'],
  [`${PAID}:1.17.3`, '1.12.9', '1.17', 'quay.io/solo-io/sds-ee:1.17.3'],
  [`${PAID}:1.17.3`, '2.17.9', '1.17', 'quay.io/solo-io/sds-ee:1.17.3'],
  ['envoy:1.17.3', '1.12.0', '1.12.0'],
  ['envoy:1.17.3', undefined, undefined],
  [undefined, '1.12.0', '1.12.0'],
  [undefined, 'latest', undefined],
]
for (const [image, told, expected, sdsImage] of versions)
  t.test(`${image} is Gloo ${expected} where ${told} is told`, async t => {
    const proxy = proxyOf(running(image), gloo({ version: told }))
    t.equal(proxy.gloo?.text, expected)
    t.equal(proxy.sdsImage, sdsImage)
    t.equal(proxy.image, image ?? '')
    const own = proxyOf(running(image), gloo({ version: told, sdsImage: 'mine:1' }))
    t.equal(own.sdsImage, 'mine:1', 'an image that is told goes first')
  })

// image | told | whether an operator has to look into it
const told: readonly [string, string | undefined, boolean][] = [
  [`${OPEN}:1.17.3`, '1.17.3', false],
  [`${OPEN}:1.17.3`, '1.17', false],
  [`${OPEN}:1.17.3`, undefined, false],
  [`${OPEN}:1.17.3`, '1.17.4', true],
  [`${OPEN}:1.17.3`, '1.18.3', true],
  [`${OPEN}:1.17.3`, '2.17.3', true],
  [`${PAID}:1.17.3`, '1.17.9', false],
  [`${PAID}:1.17.3`, '1.18.3', true],
  [`${OPEN}:latest`, '1.17.3', false],
]
for (const [image, version, expected] of told)
  t.test(`${image} ${expected ? 'contradicts' : 'agrees with'} ${version}`, async t => {
    const proxy = proxyOf(running(image), gloo({ version }))
    t.equal(differs(proxy, parseVersion(version)), expected)
  })

// user of the container | of the pod | uid
const users: readonly [unknown, unknown, number | undefined][] = [
  [undefined, undefined, undefined],
  [10_101, undefined, 10_101],
  [undefined, 7, 7],
  [10_101, 7, 10_101],
  [null, 7, 7],
  [0, 7, 0],
  ['10101', undefined, undefined],
]
for (const [own, shared, expected] of users)
  t.test(`user ${String(own)} in a pod of ${String(shared)} is ${expected}`, async t => {
    const [container, pod] = [own, shared].map(runAsUser => ({ securityContext: { runAsUser } }))
    t.equal(userOf(container, pod), expected)
    const workload = gatewayProxy({
      containers: [{ ...ENVOY, ...container }],
      podSpec: { ...pod },
    })
    t.equal(proxyOf(workload, gloo()).user, expected)
  })

t.test('what the image says is known, whatever is told', async t => {
  const says = (image: string) => proxyOf(running(image), gloo({ version: '1.17.9' })).imageSays
  t.match(says(`${OPEN}:1.12.3`), { text: '1.12.3', patch: 3 })
  t.match(says(`${PAID}:1.17.3`), { text: '1.17', patch: undefined })
  t.equal(says(`${OPEN}:latest`), undefined)
})

t.test('a proxy is told apart by what it has', async t => {
  const plain = proxyOf(gatewayProxy(), gloo())
  t.match(plain, {
    container: 'gateway-proxy',
    secret: 'istio.default',
    image: '',
    hasFsGroup: false,
    hasEnvoyConfig: true,
    hostNetwork: false,
    glooSds: undefined,
  })
  const podSpec = {
    serviceAccountName: 'gateway-proxy',
    hostNetwork: true,
    securityContext: { fsGroup: 10_101 },
    volumes: [{ name: 'other' }],
  }
  t.match(proxyOf(gatewayProxy({ podSpec }), gloo()), {
    secret: 'istio.gateway-proxy',
    hasFsGroup: true,
    hasEnvoyConfig: false,
    hostNetwork: true,
  })
  const bare = proxyOf({}, gloo())
  t.match(bare, { container: '', hasFsGroup: false, hasEnvoyConfig: false, hostNetwork: false })
})

const glooSds = { name: 'sds', env: [{ name: 'GLOO_MTLS_SDS_ENABLED', value: 'true' }] }
const sidecars: readonly [string, JsonObject, boolean][] = [
  ['sds of Gloo’s own mTLS', glooSds, true],
  [
    'sds of Istio’s alone',
    { name: 'sds', env: [{ name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' }] },
    false,
  ],
  [
    'sds with it off',
    { name: 'sds', env: [{ name: 'GLOO_MTLS_SDS_ENABLED', value: 'false' }] },
    false,
  ],
  ['sds without variables', { name: 'sds' }, false],
  ['something else', { ...glooSds, name: 'other' }, false],
]
for (const [title, container, expected] of sidecars)
  t.test(`${title} is ${expected ? '' : 'not '}there to be extended`, async t => {
    const workload = gatewayProxy({ containers: [ENVOY, container] })
    t.strictSame(proxyOf(workload, gloo()).glooSds, expected ? container : undefined)
    t.equal(container['name'] === 'sds' && isOn(container, 'GLOO_MTLS_SDS_ENABLED'), expected)
  })

// security contexts of the pod, of Envoy, of an sds container of Gloo's own | who reads the agent's files
const readers: readonly [JsonObject, JsonObject, JsonObject | undefined, number | undefined][] = [
  [{}, {}, undefined, 10_101],
  [{ runAsUser: 1 }, {}, undefined, 1],
  [{ runAsUser: 1 }, { runAsUser: 2 }, undefined, 2],
  [{ runAsUser: 1 }, { runAsUser: 2 }, {}, 1],
  [{ runAsUser: 1 }, { runAsUser: 2 }, { runAsUser: 3 }, 3],
  [{ runAsNonRoot: true }, {}, undefined, undefined],
  [{}, { runAsNonRoot: true }, undefined, undefined],
  [{}, { runAsNonRoot: true, runAsUser: 2 }, undefined, 2],
]
for (const [podContext, context, sdsContext, expected] of readers)
  t.test(`${JSON.stringify([podContext, context, sdsContext])} is read by ${expected}`, async t => {
    const env = [{ name: 'GLOO_MTLS_SDS_ENABLED', value: 'true' }]
    const sds = sdsContext && [{ name: 'sds', env, securityContext: sdsContext }]
    const containers = [{ ...ENVOY, securityContext: context }, ...(sds ?? [])]
    const shape = { containers, podSpec: { securityContext: podContext } }
    t.equal(proxyOf(gatewayProxy(shape), gloo()).reader, expected)
  })
