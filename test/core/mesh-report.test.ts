import { t } from 'tap'
import type { DetectedMesh } from '../../src/core/detected-meshes.ts'
import { reportMeshes } from '../../src/core/mesh-report.ts'
import type { Facts } from '../../src/core/types.ts'
import { factsOn, mesh } from '../harness/build.ts'

const NEW = mesh('istio-system.istio', { istioVersion: '1.22.3' })
const OLD = mesh('team-a.istio', { istioNamespace: 'istio-old', istioVersion: '1.2.5' })
const DETECTED: DetectedMesh = {
  namespace: 'istio-old',
  name: 'istio',
  istioNamespace: 'istio-old',
  deployment: 'istio-pilot',
  createdAt: '',
  isIdle: false,
  revision: undefined,
  istioVersion: '1.2.5',
  proxyImage: undefined,
  clusterId: undefined,
  jwtPolicy: undefined,
  trustDomain: undefined,
  rootNamespace: undefined,
  discoveryAddress: undefined,
  meshId: undefined,
  sds: {
    sdsUdsPath: 'unix:/var/run/sds/uds_path',
    enableSdsTokenMount: true,
    sdsUseK8sSaJwt: false,
  },
  revisions: ['default', 'canary'],
  perRevision: [],
  hasCitadel: true,
}

t.test('a report says all there is to say', async t =>
  t.strictSame(reportMeshes(factsOn('1.17.3', OLD), [DETECTED]), [
    {
      mesh: 'team-a.istio',
      namespace: 'team-a',
      name: 'istio',
      istioNamespace: 'istio-old',
      istioVersion: '1.2.5',
      revisions: ['default', 'canary'],
      trustDomain: 'cluster.local',
      source: 'configured',
      isDefault: true,
      modes: [{ gloo: '1.17.3', mode: 'citadel-sds' }],
      citadel: true,
      sds: 'unix:/var/run/sds/uds_path',
    },
  ]),
)

t.test('a mesh without a control plane is reported, too', async t =>
  t.match(reportMeshes(factsOn('1.17.3', { ...NEW, istioVersion: undefined }), [DETECTED]), [
    {
      istioVersion: '',
      revisions: [],
      citadel: false,
      sds: '',
      modes: [{ mode: '', finding: { reason: 'IstioVersionUnknown' } }],
    },
  ]),
)

t.test('a control plane without a node agent has no socket', async t =>
  t.match(reportMeshes(factsOn('1.17.3', OLD), [{ ...DETECTED, sds: undefined }]), [{ sds: '' }]),
)

const unsaid = (glooSeen: Facts['glooSeen']): Facts => ({ ...factsOn(undefined, NEW), glooSeen })

t.test('where Gloo is of several versions, each has its mode', async t => {
  const modesFor = (known: Facts) => reportMeshes(known, [])[0]?.modes
  t.match(modesFor(unsaid({ a: '1.20.0', b: '1.17.3', c: '1.20.0' })), [
    { gloo: '1.17.3', mode: 'istio-agent' },
    { gloo: '1.20.0', mode: 'istio-agent' },
  ])
  t.equal(modesFor(unsaid({ a: '1.20.0', c: '1.20.0' }))?.length, 1)
  t.match(modesFor(unsaid({})), [{ gloo: '', mode: '', finding: { reason: 'GlooVersionUnknown' } }])
})

// meshes | defaultMesh | which is the default
const defaults: readonly [Facts, readonly boolean[]][] = [
  [factsOn('1.17.3', NEW), [true]],
  [factsOn('1.17.3', NEW, OLD), [false, false]],
  [{ ...factsOn('1.17.3', NEW, OLD), defaultMesh: OLD }, [false, true]],
]
for (const [known, expected] of defaults)
  t.test(`of ${expected.length} meshes the default is ${expected.indexOf(true)}`, async t =>
    t.strictSame(
      reportMeshes(known, []).map(({ isDefault }) => isDefault),
      expected,
    ),
  )

t.test('what only the cluster tells of is detected', async t =>
  t.match(reportMeshes({ ...factsOn('1.17.3', NEW), meshesAreTold: false }, []), [
    { source: 'detected' },
  ]),
)
