import { t } from 'tap'
import {
  type ControlPlane,
  citadelNamespaceOf,
  compareSay,
  compareTexts,
  controlPlaneOf,
  revisionName,
} from '../../src/core/control-plane.ts'
import type { JsonObject } from '../../src/core/types.ts'

interface Shape {
  readonly name?: unknown
  readonly labels?: unknown
  readonly image?: unknown
  readonly env?: unknown
  readonly metadata?: JsonObject
  readonly replicas?: unknown
}

/** A Deployment as the API server has it, of Istio 1.22.3 where nothing else is said. */
const deployment = ({ name = 'istiod', metadata = {}, replicas = 1, ...pod }: Shape) => {
  const { labels = { app: 'istiod', istio: 'pilot' }, env = [] } = pod
  const { image = 'docker.io/istio/pilot:1.22.3' } = pod
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'istio-system',
      creationTimestamp: '2024-01-01T00:00:00Z',
      labels,
      ...metadata,
    },
    spec: { replicas, template: { spec: { containers: [{ name: 'discovery', image, env }] } } },
  }
}

const variables = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }))

// istio | name, labels and variables of its Deployment | what is known of it
const versions: readonly [string, Shape, Partial<ControlPlane>][] = [
  [
    '1.0.7',
    { name: 'istio-pilot', labels: { app: 'istio-pilot', chart: 'pilot-1.0.6', istio: 'pilot' } },
    { deployment: 'istio-pilot' },
  ],
  [
    '1.4.4',
    { name: 'istio-pilot', labels: { app: 'pilot', chart: 'pilot', istio: 'pilot' } },
    { deployment: 'istio-pilot' },
  ],
  [
    '1.5.4',
    {
      labels: { app: 'istiod', istio: 'pilot', release: 'istio' },
      env: variables({ JWT_POLICY: 'first-party-jwt', CLUSTER_ID: 'Kubernetes' }),
    },
    { jwtPolicy: 'first-party-jwt', clusterId: 'Kubernetes' },
  ],
  [
    '1.8.4',
    {
      labels: { app: 'istiod', istio: 'pilot', 'istio.io/rev': 'default' },
      env: variables({
        REVISION: 'default',
        JWT_POLICY: 'third-party-jwt',
        CLUSTER_ID: 'cluster-1',
      }),
    },
    { jwtPolicy: 'third-party-jwt', clusterId: 'cluster-1' },
  ],
  [
    '1.31.0',
    {
      name: 'istiod-1-31',
      labels: { app: 'istiod', istio: 'pilot', 'istio.io/rev': '1-31' },
      env: variables({ REVISION: '1-31', PILOT_CERT_PROVIDER: 'istiod', CLUSTER_ID: 'Kubernetes' }),
    },
    { deployment: 'istiod-1-31', revision: '1-31', clusterId: 'Kubernetes' },
  ],
]
for (const [version, shape, expected] of versions)
  t.test(`the control plane of Istio ${version} is found as its charts make it`, async t =>
    t.strictSame(
      controlPlaneOf(deployment({ ...shape, image: `docker.io/istio/pilot:${version}` })),
      {
        istioNamespace: 'istio-system',
        deployment: 'istiod',
        createdAt: '2024-01-01T00:00:00Z',
        isIdle: false,
        revision: undefined,
        istioVersion: version,
        proxyImage: `docker.io/istio/proxyv2:${version}`,
        clusterId: undefined,
        jwtPolicy: undefined,
        ...expected,
      },
    ),
  )

// image of istiod | version | image of sidecars
const images: readonly [string, string | undefined, string | undefined][] = [
  ['registry:5000/a/b/pilot:1.22.3', '1.22.3', 'registry:5000/a/b/proxyv2:1.22.3'],
  ['registry:5000/pilot:1.22.3', '1.22.3', 'registry:5000/proxyv2:1.22.3'],
  ['pilot:1.22.3', '1.22.3', 'proxyv2:1.22.3'],
  ['istio/pilot:v1.22.3', '1.22.3', 'istio/proxyv2:v1.22.3'],
  ['istio/pilot:1.22.3-distroless', '1.22.3', 'istio/proxyv2:1.22.3-distroless'],
  ['istio/pilot:1.22.3-distroless@sha256:ab', '1.22.3', 'istio/proxyv2:1.22.3-distroless'],
  [
    'gcr.io/gke-release/asm/pilot:1.22.3-asm.1',
    '1.22.3',
    'gcr.io/gke-release/asm/proxyv2:1.22.3-asm.1',
  ],
  ['istio/pilot:1.22', '1.22', 'istio/proxyv2:1.22'],
  ['istio/pilot:latest', undefined, 'istio/proxyv2:latest'],
  ['registry:5000/istio/pilot@sha256:ab', undefined, undefined],
  ['registry:5000/istio/pilot', undefined, undefined],
]
for (const [image, version, proxyImage] of images)
  t.test(`image ${image} is of Istio ${version ?? 'of unknown version'}`, async t => {
    const plane = controlPlaneOf(deployment({ image }))
    t.equal(plane?.istioVersion, version)
    t.equal(plane?.proxyImage, proxyImage)
  })

// name of the Deployment | label | variable | revision
const revisions: readonly [string, unknown, unknown, string | undefined][] = [
  ['istiod', undefined, undefined, undefined],
  ['istiod', 'default', 'default', undefined],
  ['istiod', 'default', undefined, undefined],
  ['istiod-canary', 'canary', undefined, 'canary'],
  ['istiod-canary', undefined, 'canary', 'canary'],
  ['istiod-canary', 'stable', 'canary', 'canary'],
  // `--set revision=default` names all of its objects so.
  ['istiod-default', 'default', 'default', 'default'],
  ['istiod-canary', 3, { of: 'canary' }, undefined],
]
for (const [name, label, variable, expected] of revisions)
  t.test(`revision of ${name} with ${JSON.stringify([label, variable])}`, async t => {
    const labels = { istio: 'pilot', 'istio.io/rev': label }
    const plane = controlPlaneOf(
      deployment({ name, labels, env: variables({ REVISION: variable }) }),
    )
    t.equal(plane?.revision, expected)
    t.equal(plane && revisionName(plane), expected ?? 'default')
  })

t.test('what says that a Deployment does not run makes it idle', async t => {
  t.equal(controlPlaneOf(deployment({ replicas: 0 }))?.isIdle, true)
  t.equal(controlPlaneOf(deployment({ replicas: undefined }))?.isIdle, false)
  const metadata = { deletionTimestamp: '2024-02-01T00:00:00Z' }
  t.equal(controlPlaneOf(deployment({ metadata }))?.isIdle, true)
})

t.test('a control plane is found by the name of istiod alone', async t => {
  t.equal(controlPlaneOf(deployment({ labels: { app: 'istiod' } }))?.deployment, 'istiod')
})

t.test('the image that counts is that of any container', async t => {
  const containers = [{ image: 'docker.io/istio/proxyv2:1.0.7' }, { image: 'istio/pilot:1.0.7' }]
  const pod = { template: { spec: { containers } } }
  t.equal(controlPlaneOf({ ...deployment({}), spec: pod })?.istioVersion, '1.0.7')
})

const strangers: readonly [string, JsonObject][] = [
  ['an empty object', {}],
  ['no labels', deployment({ labels: null })],
  ['labels of another application', deployment({ labels: { app: 'pilot', istio: 'galley' } })],
  ['labels of wrong types', deployment({ labels: { app: ['istiod'], istio: { pilot: true } } })],
  ['another image', deployment({ image: 'docker.io/istio/galley:1.4.0' })],
  ['an image with a longer name', deployment({ image: 'registry/my-pilot:1.22.3' })],
  ['a folder of that name', deployment({ image: 'registry/pilot/other:1.22.3' })],
  ['an image with a space', deployment({ image: 'registry/a b/pilot:1.22.3' })],
  ['an image with a line break behind', deployment({ image: 'istio/pilot:1.22.3\n' })],
  ['an image with an option for a registry', deployment({ image: '--x/pilot:1.22.3' })],
  ['an image with a tag that is none', deployment({ image: 'istio/pilot:$(TAG)' })],
  ['an image that is no text', deployment({ image: { of: 'pilot' } })],
  ['no pod', { ...deployment({}), spec: 3 }],
  [
    'containers of a wrong type',
    { ...deployment({}), spec: { template: { spec: { containers: {} } } } },
  ],
  ['no namespace', deployment({ metadata: { namespace: undefined } })],
  ['a namespace that is none', deployment({ metadata: { namespace: 'a/../b' } })],
  ['a revision that is none', deployment({ env: variables({ REVISION: '../x' }) })],
]
for (const [title, object] of strangers)
  t.test(`with ${title} it is no control plane`, async t =>
    t.equal(controlPlaneOf(object), undefined),
  )

t.test('nothing is believed of variables that are of wrong types', async t => {
  const env = [null, 'JWT_POLICY', ...variables({ JWT_POLICY: 'none', CLUSTER_ID: ['a'] })]
  for (const broken of [env, 'JWT_POLICY', variables({ CLUSTER_ID: '' })])
    t.match(controlPlaneOf(deployment({ env: broken })), {
      jwtPolicy: undefined,
      clusterId: undefined,
    })
})

const CITADEL: Shape = {
  name: 'istio-citadel',
  labels: { app: 'security', istio: 'citadel' },
  image: 'docker.io/istio/citadel:1.4.4',
}
const citadels: readonly [string, Shape, string | undefined][] = [
  ['as charts make it', CITADEL, 'istio-system'],
  ['with another label', { ...CITADEL, labels: { app: 'security' } }, undefined],
  ['with another image', { ...CITADEL, image: 'docker.io/istio/pilot:1.4.4' }, undefined],
  ['that is idle', { ...CITADEL, replicas: 0 }, undefined],
]
for (const [title, shape, expected] of citadels)
  t.test(`a Citadel ${title} ${expected ? 'is' : 'is not'} found`, async t => {
    t.equal(citadelNamespaceOf(deployment(shape)), expected)
    t.equal(controlPlaneOf(deployment(shape)), undefined)
  })

const plane = (more: Partial<ControlPlane>): ControlPlane => ({
  istioNamespace: 'istio-system',
  deployment: 'istiod',
  createdAt: '',
  isIdle: false,
  revision: undefined,
  istioVersion: '1.22.3',
  proxyImage: undefined,
  clusterId: undefined,
  jwtPolicy: undefined,
  ...more,
})

// who has more say | than whom
const says: readonly [Partial<ControlPlane>, Partial<ControlPlane>][] = [
  [{ revision: '1-20', istioVersion: '1.20.0' }, { isIdle: true }],
  [{ istioVersion: '1.20.0' }, { revision: '1-22' }],
  [{ istioVersion: '1.20.0', revision: 'default' }, { revision: '1-22' }],
  [
    { revision: 'a', istioVersion: '1.22.10' },
    { revision: 'b', istioVersion: '1.22.9' },
  ],
  [
    { revision: 'a', istioVersion: '1.10.0' },
    { revision: 'b', istioVersion: '1.9.9' },
  ],
  [
    { revision: 'a', istioVersion: '2.0.0' },
    { revision: 'b', istioVersion: '1.9.9' },
  ],
  [
    { revision: 'a', istioVersion: '1.22.0' },
    { revision: 'b', istioVersion: '1.22' },
  ],
  [
    { revision: 'a', istioVersion: '1.0' },
    { revision: 'b', istioVersion: undefined },
  ],
  [{ istioVersion: '1.5.4' }, { deployment: 'istio-pilot', istioVersion: '1.4.10' }],
  [
    { deployment: 'istiod-a', revision: 'a' },
    { deployment: 'istiod-b', revision: 'b' },
  ],
]
for (const [first, second] of says)
  t.test(`${JSON.stringify(first)} has more say than ${JSON.stringify(second)}`, async t => {
    t.ok(compareSay(plane(first), plane(second)) < 0)
    t.ok(compareSay(plane(second), plane(first)) > 0)
    t.equal(compareSay(plane(first), plane(first)), 0)
  })

t.test('texts are ordered by their characters, whatever the language', async t => {
  t.strictSame(['b', 'a', 'B', 'a'].toSorted(compareTexts), ['B', 'a', 'a', 'b'])
})
