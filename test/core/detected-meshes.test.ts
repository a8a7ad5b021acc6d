import { t } from 'tap'
import { parse } from 'yaml'
import {
  type ConfiguredMesh,
  detectMeshes,
  meshConfigMapsOf,
  meshesOf,
} from '../../src/core/detected-meshes.ts'
import type { JsonObject } from '../../src/core/types.ts'

interface Shape {
  readonly namespace?: string
  readonly revision?: string
  readonly version?: string
  readonly createdAt?: string
  readonly replicas?: number
  readonly deletionTimestamp?: string
}

/** A Deployment of istiod as its chart makes it. */
const istiod = (shape: Shape = {}): JsonObject => {
  const { namespace = 'istio-system', version = '1.22.3', replicas = 1, ...more } = shape
  const { createdAt = '2024-01-01T00:00:00Z', deletionTimestamp, revision } = more
  const env = [
    { name: 'REVISION', value: revision ?? 'default' },
    { name: 'CLUSTER_ID', value: `cluster-of-${revision ?? 'default'}` },
    { name: 'JWT_POLICY', value: 'third-party-jwt' },
  ]
  const image = `registry.example.com/istio/pilot:${version}`
  return {
    metadata: {
      name: revision === undefined ? 'istiod' : `istiod-${revision}`,
      namespace,
      creationTimestamp: createdAt,
      deletionTimestamp,
      labels: { app: 'istiod', istio: 'pilot', 'istio.io/rev': revision ?? 'default' },
    },
    spec: { replicas, template: { spec: { containers: [{ name: 'discovery', image, env }] } } },
  }
}

const old = (app: string, name: string, createdAt = '2019-01-01T00:00:00Z'): JsonObject => ({
  metadata: {
    name: `istio-${app}`,
    namespace: 'istio-system',
    creationTimestamp: createdAt,
    labels: { istio: app },
  },
  spec: { template: { spec: { containers: [{ name, image: `docker.io/istio/${app}:1.4.10` }] } } },
})

const configMap = (mesh: string, name = 'istio', namespace = 'istio-system'): JsonObject => ({
  metadata: { name, namespace },
  data: { mesh },
})

const CONFIG = `
trustDomain: example.com
rootNamespace: istio-config
defaultConfig:
  discoveryAddress: istiod.istio-system.svc:15012
  meshId: mesh1
`
const CANARY_CONFIG = `
trustDomain: example.com
defaultConfig:
  discoveryAddress: istiod-canary.istio-system.svc:15012
`

const CONFIG_MAPS = [configMap(CONFIG), configMap(CANARY_CONFIG, 'istio-canary')]

const detect = (...deployments: readonly JsonObject[]) =>
  detectMeshes(deployments, CONFIG_MAPS, parse)

t.test('a mesh is what its Deployment and its ConfigMap tell', async t => {
  const revision = {
    istioNamespace: 'istio-system',
    deployment: 'istiod',
    createdAt: '2024-01-01T00:00:00Z',
    isIdle: false,
    revision: undefined,
    istioVersion: '1.22.3',
    proxyImage: 'registry.example.com/istio/proxyv2:1.22.3-distroless',
    clusterId: 'cluster-of-default',
    jwtPolicy: 'third-party-jwt',
    trustDomain: 'example.com',
    rootNamespace: 'istio-config',
    discoveryAddress: 'istiod.istio-system.svc:15012',
    meshId: 'mesh1',
    sds: undefined,
  }
  t.strictSame(detect(istiod({ version: '1.22.3-distroless' })), [
    {
      ...revision,
      namespace: 'istio-system',
      name: 'istio',
      revisions: ['default'],
      perRevision: [revision],
      hasCitadel: false,
    },
  ])
})

t.test('a mesh of Istio 1.4 has Citadel beside its Pilot', async t => {
  const citadel = old('citadel', 'citadel')
  t.match(detect(old('pilot', 'discovery'), citadel), [
    { namespace: 'istio-system', istioVersion: '1.4.10', hasCitadel: true, revision: undefined },
  ])
  t.match(detect(istiod({ namespace: 'elsewhere' }), citadel), [{ hasCitadel: false }])
  t.strictSame(detect(citadel), [], 'Citadel alone is no mesh')
})

t.test('there is no mesh without a control plane', async t => {
  t.strictSame(detect(), [])
  t.strictSame(detect({}, { metadata: [], spec: 'text' }, old('galley', 'galley')), [])
})

const OLDER = { createdAt: '2020-01-01T00:00:00Z' }
const YOUNGER = { createdAt: '2025-01-01T00:00:00Z' }

// case | Deployments | revision that speaks | all of them
const speakers: readonly [string, readonly JsonObject[], string | undefined, readonly string[]][] =
  [
    [
      'the one without a revision, be it older',
      [istiod({ revision: 'canary', version: '1.23.0' }), istiod({ version: '1.22.0' })],
      undefined,
      ['default', 'canary'],
    ],
    [
      'the newest where all have a revision',
      [
        istiod({ revision: 'a', version: '1.9.0' }),
        istiod({ revision: 'b', version: '1.10.0' }),
        istiod({ revision: 'c', version: '1.8.0', ...OLDER }),
      ],
      'b',
      ['b', 'c', 'a'],
    ],
    [
      'the first by name where versions are the same',
      [istiod({ revision: 'b', ...OLDER }), istiod({ revision: 'a' })],
      'a',
      ['a', 'b'],
    ],
    [
      'one that runs, not one that is scaled to 0',
      [istiod({ replicas: 0 }), istiod({ revision: 'canary' })],
      'canary',
      ['canary'],
    ],
    [
      'one that stays, not one that is being deleted',
      [istiod({ deletionTimestamp: '2025-01-01T00:00:00Z' }), istiod({ revision: 'canary' })],
      'canary',
      ['canary'],
    ],
    [
      'an idle one where none runs',
      [istiod({ replicas: 0, revision: 'canary' }), istiod({ replicas: 0 })],
      undefined,
      ['default', 'canary'],
    ],
    [
      'istiod while the Pilot before it is still there',
      [old('pilot', 'discovery'), istiod({ version: '1.5.4' })],
      undefined,
      ['default'],
    ],
  ]
for (const [title, deployments, revision, revisions] of speakers)
  t.test(`for a mesh speaks ${title}`, async t => {
    for (const order of [deployments, deployments.toReversed()]) {
      const meshes = detect(...order)
      t.equal(meshes.length, 1)
      t.equal(meshes[0]?.revision, revision)
      t.strictSame(meshes[0]?.revisions, revisions)
      t.equal(meshes[0]?.perRevision[0]?.deployment, meshes[0]?.deployment)
    }
  })

t.test('each revision has its own version and its own ConfigMap', async t => {
  const [mesh] = detect(istiod(), istiod({ revision: 'canary', version: '1.23.0' }))
  t.match(mesh?.perRevision, [
    { istioVersion: '1.22.3', discoveryAddress: 'istiod.istio-system.svc:15012', meshId: 'mesh1' },
    {
      istioVersion: '1.23.0',
      discoveryAddress: 'istiod-canary.istio-system.svc:15012',
      meshId: undefined,
    },
  ])
})

t.test('the same Deployment twice is one mesh', async t => {
  t.equal(detect(istiod(), istiod()).length, 1)
})

// case | Deployments | namespaces of the meshes, in their places
const orders: readonly [string, readonly JsonObject[], readonly string[]][] = [
  [
    'the older is first',
    [istiod({ namespace: 'a', ...YOUNGER }), istiod({ namespace: 'b' })],
    ['b', 'a'],
  ],
  [
    'its oldest Deployment counts, be it an idle one',
    [
      istiod({ namespace: 'a' }),
      istiod({ namespace: 'b', ...YOUNGER }),
      istiod({ namespace: 'b', revision: 'old', replicas: 0, ...OLDER }),
    ],
    ['b', 'a'],
  ],
  [
    'of the same age, the first by namespace is first',
    [istiod({ namespace: 'b' }), istiod({ namespace: 'a' })],
    ['a', 'b'],
  ],
]
for (const [title, deployments, expected] of orders)
  t.test(`of two meshes, ${title}`, async t => {
    for (const order of [deployments, deployments.toReversed()])
      t.strictSame(
        detect(...order).map(mesh => mesh.istioNamespace),
        expected,
      )
  })

t.test('the ConfigMaps that are asked for are known beforehand', async t => {
  const deployments = [istiod(), istiod({ revision: 'canary', namespace: 'mesh' }), {}]
  t.strictSame(meshConfigMapsOf(deployments), [
    { namespace: 'istio-system', name: 'istio' },
    { namespace: 'mesh', name: 'istio-canary' },
  ])
})

t.test('without a configuration, the meshes are those that were found', async t => {
  const detected = detect(istiod(), istiod({ namespace: 'mesh', revision: 'canary', ...YOUNGER }))
  t.strictSame(meshesOf([], detected), [
    {
      namespace: 'istio-system',
      name: 'istio',
      istioNamespace: 'istio-system',
      mode: 'auto',
      istioVersion: '1.22.3',
      rootNamespace: 'istio-config',
      trustDomain: 'example.com',
      discoveryAddress: 'istiod.istio-system.svc:15012',
      revision: undefined,
      meshId: 'mesh1',
      clusterId: 'cluster-of-default',
      jwtPolicy: 'third-party-jwt',
      proxyImage: 'registry.example.com/istio/proxyv2:1.22.3',
    },
    {
      namespace: 'mesh',
      name: 'istio',
      istioNamespace: 'mesh',
      mode: 'auto',
      istioVersion: '1.22.3',
      rootNamespace: undefined,
      trustDomain: 'cluster.local',
      discoveryAddress: undefined,
      revision: 'canary',
      meshId: undefined,
      clusterId: 'cluster-of-canary',
      jwtPolicy: 'third-party-jwt',
      proxyImage: 'registry.example.com/istio/proxyv2:1.22.3',
    },
  ])
  t.strictSame(meshesOf([], []), [])
})

const CONFIGURED: ConfiguredMesh = {
  namespace: 'supergloo-system',
  name: 'istio',
  istioNamespace: 'istio-system',
  mode: 'auto',
}

const TOLD = {
  istioVersion: '1.20.1',
  rootNamespace: 'root',
  trustDomain: 'told.example.com',
  mode: 'istio-agent',
  discoveryAddress: 'istiod.example.com:443',
  revision: 'canary',
  meshId: 'told',
  clusterId: 'told',
  jwtPolicy: 'first-party-jwt',
  proxyImage: 'example.com/proxyv2:1.20.1',
  sdsPort: 9000,
} as const

t.test('a configured mesh keeps all that it is told', async t => {
  t.strictSame(meshesOf([{ ...CONFIGURED, ...TOLD }], detect(istiod())), [
    { ...CONFIGURED, ...TOLD },
  ])
})

t.test('with configured meshes there are no others', async t => {
  const detected = detect(istiod(), istiod({ namespace: 'mesh' }))
  t.strictSame(
    meshesOf([CONFIGURED, { ...CONFIGURED, name: 'second' }], detected).map(mesh => mesh.name),
    ['istio', 'second'],
  )
})

t.test('a configured mesh takes what it is not told from its control plane', async t => {
  const detected = detect(istiod({ revision: 'canary' }), istiod({ namespace: 'mesh', ...OLDER }))
  t.match(meshesOf([{ ...CONFIGURED, clusterId: 'told' }], detected), [
    {
      ...CONFIGURED,
      istioVersion: '1.22.3',
      trustDomain: 'example.com',
      discoveryAddress: 'istiod-canary.istio-system.svc:15012',
      revision: 'canary',
      clusterId: 'told',
      proxyImage: 'registry.example.com/istio/proxyv2:1.22.3',
    },
  ])
})

const TWO = [istiod({ version: '1.21.0' }), istiod({ revision: 'canary', version: '1.23.0' })]

// revision that is told | version that is found
const asked: readonly [string | undefined, string | undefined][] = [
  [undefined, '1.21.0'],
  ['default', '1.21.0'],
  ['canary', '1.23.0'],
  ['gone', undefined],
]
for (const [revision, istioVersion] of asked)
  t.test(`a mesh of revision ${revision} knows Istio ${istioVersion}`, async t => {
    const [mesh] = meshesOf([{ ...CONFIGURED, revision }], detect(...TWO))
    t.equal(mesh?.istioVersion, istioVersion)
    t.equal(mesh?.revision, revision)
    t.equal(mesh?.trustDomain, istioVersion ? 'example.com' : 'cluster.local')
  })

t.test('where there is no control plane, a mesh is what it is told', async t => {
  const [mesh] = meshesOf([{ ...CONFIGURED, istioNamespace: 'other' }], detect(istiod()))
  t.match(mesh, { trustDomain: 'cluster.local', istioVersion: undefined, proxyImage: undefined })
})

t.test('a trust domain is written as it stands in SPIFFE names', async t => {
  const [mesh] = meshesOf([{ ...CONFIGURED, trustDomain: 'user@example.com' }], [])
  t.equal(mesh?.trustDomain, 'user.example.com')
})

// version that is told | version that runs | whether its image is taken
const pinned: readonly [string | undefined, string, boolean][] = [
  [undefined, '1.22.3', true],
  ['1.22.3', '1.22.3', true],
  ['v1.22.3', '1.22.3-distroless', true],
  ['1.22', '1.22.3', true],
  ['1.22.3', 'latest', true],
  ['1.22.1', '1.22.3', false],
  ['1.22.3', '1.22', false],
  ['1.21.3', '1.22.3', false],
  ['2.22.3', '1.22.3', false],
]
for (const [istioVersion, version, isTaken] of pinned)
  t.test(
    `told ${istioVersion}, the image of ${version} ${isTaken ? 'is' : 'is not'} taken`,
    async t => {
      const [mesh] = meshesOf([{ ...CONFIGURED, istioVersion }], detect(istiod({ version })))
      const image = `registry.example.com/istio/proxyv2:${version}`
      t.equal(mesh?.proxyImage, isTaken ? image : undefined)
    },
  )
