import { t } from 'tap'
import { parse } from 'yaml'
import type { ControlPlane } from '../../src/core/control-plane.ts'
import {
  type MeshConfig,
  meshConfigName,
  meshConfigOf,
  plainTrustDomain,
} from '../../src/core/mesh-config.ts'
import type { JsonObject } from '../../src/core/types.ts'

const plane = (revision?: string): ControlPlane => ({
  istioNamespace: 'istio-system',
  deployment: 'istiod',
  createdAt: '',
  isIdle: false,
  revision,
  istioVersion: undefined,
  proxyImage: undefined,
  clusterId: undefined,
  jwtPolicy: undefined,
})

const configMap = (mesh: unknown, name = 'istio', namespace = 'istio-system'): JsonObject => ({
  metadata: { name, namespace },
  data: { mesh, meshNetworks: 'networks: {}' },
})

const NOTHING: MeshConfig = {
  trustDomain: undefined,
  rootNamespace: undefined,
  discoveryAddress: undefined,
  meshId: undefined,
  sds: undefined,
}

const configOf = (...configMaps: readonly JsonObject[]) => meshConfigOf(plane(), configMaps, parse)

// istio | its mesh configuration | what it tells
const versions: readonly [string, string, Partial<MeshConfig>][] = [
  [
    '1.0.7',
    `sdsUdsPath: ""
sdsRefreshDelay: 15s
defaultConfig:
  discoveryAddress: istio-pilot.istio-system:15007
`,
    {},
  ],
  [
    '1.1.0 with its node agent',
    `sdsUdsPath: unix:/var/run/sds/uds_path
enableSdsTokenMount: true
sdsUseK8sSaJwt: false
trustDomain: example.com
rootNamespace: istio-system
defaultConfig:
  discoveryAddress: istio-pilot.istio-system:15011
`,
    {
      trustDomain: 'example.com',
      rootNamespace: 'istio-system',
      sds: {
        sdsUdsPath: 'unix:/var/run/sds/uds_path',
        enableSdsTokenMount: true,
        sdsUseK8sSaJwt: false,
      },
    },
  ],
  [
    '1.4.4 with its node agent',
    `sdsUdsPath: "unix:/var/run/sds/uds_path"
trustDomain: ""
rootNamespace: istio-system
defaultConfig:
  discoveryAddress: istio-pilot.istio-system:15010
`,
    {
      rootNamespace: 'istio-system',
      sds: {
        sdsUdsPath: 'unix:/var/run/sds/uds_path',
        enableSdsTokenMount: false,
        sdsUseK8sSaJwt: false,
      },
    },
  ],
  [
    '1.5.4',
    `trustDomain: "cluster.local"
sdsUdsPath: "unix:/etc/istio/proxy/SDS"
defaultConfig:
  discoveryAddress: istiod.istio-system.svc:15012
`,
    { trustDomain: 'cluster.local', discoveryAddress: 'istiod.istio-system.svc:15012' },
  ],
  [
    '1.31.0',
    `defaultConfig:
  discoveryAddress: istiod-remote.istio-system.svc:15012
  meshId: mesh1
defaultProviders:
  metrics:
  - prometheus
rootNamespace: istio-config
trustDomain: user@example.com
`,
    {
      trustDomain: 'user.example.com',
      rootNamespace: 'istio-config',
      discoveryAddress: 'istiod-remote.istio-system.svc:15012',
      meshId: 'mesh1',
    },
  ],
]
for (const [title, text, expected] of versions)
  t.test(`the ConfigMap of Istio ${title} is read`, async t =>
    t.strictSame(configOf(configMap(text)), { ...NOTHING, ...expected }),
  )

const names: readonly [string | undefined, string][] = [
  [undefined, 'istio'],
  ['default', 'istio'],
  ['1-22', 'istio-1-22'],
]
for (const [revision, name] of names)
  t.test(`revision ${revision} reads ConfigMap ${name} of its own namespace`, async t => {
    t.equal(meshConfigName({ revision }), name)
    const maps = [
      configMap('trustDomain: a.example.com', name, 'elsewhere'),
      configMap('trustDomain: b.example.com', `${name}-ca`),
      configMap('trustDomain: c.example.com', name),
    ]
    t.equal(meshConfigOf(plane(revision), maps, parse).trustDomain, 'c.example.com')
  })

const broken: readonly [string, readonly JsonObject[]][] = [
  ['is not there', []],
  ['has no data', [{ metadata: { name: 'istio', namespace: 'istio-system' } }]],
  ['has data of a wrong type', [configMap({ trustDomain: 'example.com' })]],
  ['is no YAML', [configMap('trustDomain: [')]],
  ['is a list', [configMap('- trustDomain: example.com')]],
  ['is empty', [configMap('')]],
]
for (const [title, configMaps] of broken)
  t.test(`a ConfigMap that ${title} tells nothing`, async t =>
    t.strictSame(configOf(...configMaps), NOTHING),
  )

t.test('a text that cannot be read tells nothing, however that is said', async t => {
  const maps = [configMap('trustDomain: example.com')]
  t.strictSame(
    meshConfigOf(plane(), maps, () => undefined),
    NOTHING,
  )
})

const refused: readonly string[] = [
  'trustDomain: ../x',
  'trustDomain: "spiffe://example.com"',
  'trustDomain: 7',
  'trustDomain: "a\\n"',
  'trustDomain: EXAMPLE.com',
  'rootNamespace: a.b',
  'rootNamespace: [istio-system]',
  'defaultConfig: text',
  'defaultConfig: { discoveryAddress: istiod.istio-system.svc }',
  'defaultConfig: { discoveryAddress: "https://istiod.example.com:443" }',
  'defaultConfig: { discoveryAddress: "istiod.example.com:443 --flag" }',
  'defaultConfig: { discoveryAddress: "istiod.example.com:123456" }',
  'defaultConfig: { discoveryAddress: 15012 }',
  'defaultConfig: { meshId: "" }',
  'defaultConfig: { meshId: 7 }',
  'sdsUdsPath: /var/run/sds/uds_path',
  'sdsUdsPath: unix:./etc/istio/proxy/SDS',
  'sdsUdsPath: "unix:/var/run/sds/uds path"',
  'enableSdsTokenMount: true',
  '__proto__: { trustDomain: example.com }',
]
for (const text of refused)
  t.test(`of ${text} nothing is taken`, async t => t.strictSame(configOf(configMap(text)), NOTHING))

t.test('a flag counts only when it is true', async t => {
  const text = 'sdsUdsPath: unix:/run/sds\nenableSdsTokenMount: "true"\nsdsUseK8sSaJwt: true'
  t.match(configOf(configMap(text)).sds, { enableSdsTokenMount: false, sdsUseK8sSaJwt: true })
})

const addresses: readonly [string, boolean][] = [
  ['istiod.example.com:15012', true],
  ['istiod.example.com:443', true],
  ['10.0.0.1:15012', true],
  ['istio-pilot.istio-system:15003', false],
  ['istio-pilot.istio-system:15005', false],
  ['istio-pilot.istio-system:15007', false],
  ['istio-pilot.istio-system:15010', false],
  ['istio-pilot.istio-system:15011', false],
]
for (const [address, isTaken] of addresses)
  t.test(`${address} ${isTaken ? 'is' : 'is not'} an address that gives certificates`, async t => {
    const text = `defaultConfig: { discoveryAddress: "${address}" }`
    t.equal(configOf(configMap(text)).discoveryAddress, isTaken ? address : undefined)
  })

t.test('a trust domain has a dot for each @ in SPIFFE names', async t => {
  t.equal(plainTrustDomain('a@b@example.com'), 'a.b.example.com')
})
