import { t } from 'tap'
import { citadelPlaces, SUPPLY_CHECKS } from '../../src/core/check-supply.ts'
import {
  certificate,
  certificatesAt,
  evidenceOf,
  type Row,
  type Spoils,
  testRows,
  without,
} from '../harness/evidence.ts'
import { gatewayProxy } from '../harness/live.ts'

const place = 'Secret gloo-system/istio.gateway-proxy'
const citadel = (...days: readonly number[]) => ({
  more: { citadelSecrets: [certificatesAt(place, ...days.map(left => certificate(left)))] },
})
const withService = (address: string): Spoils => ({
  meshes: [
    {
      namespace: 'istio-system',
      name: 'istio',
      istioNamespace: 'istio-system',
      mode: 'auto',
      istioVersion: '1.22.3',
      discoveryAddress: address,
    },
  ],
})
/** A Gloo and an Istio of the time of node agents. */
const pinned = (mode: 'node-agent-sds' | 'citadel-files'): Spoils => ({
  before: objects => [
    ...objects.filter(({ metadata }) => Reflect.get(Object(metadata), 'name') !== 'gateway-proxy'),
    gatewayProxy('1.4.0'),
    gatewayProxy('1.4.0', 'second'),
  ],
  meshes: [
    {
      namespace: 'istio-system',
      name: 'istio',
      istioNamespace: 'istio-system',
      mode,
      istioVersion: '1.3.0',
    },
  ],
})
const agent = (numberAvailable: number) => ({
  objects: {
    nodeAgents: [
      {
        kind: 'DaemonSet',
        metadata: { namespace: 'istio-system', name: 'istio-nodeagent' },
        status: { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable },
      },
    ],
  },
})

const rows: readonly Row[] = [
  ['istio-service', {}, 'passed', 'istiod.istio-system.svc:15012'],
  [
    'istio-service',
    { before: without('Service') },
    'failed',
    'agents would ask istiod.istio-system.svc:15012, and no such Service',
  ],
  ['istio-service', withService('istiod.example.com:15012'), 'skipped', 'no agent asks a Service'],
  ['istio-service', withService('istiod.two.svc:15012'), 'failed', 'istiod.two.svc:15012'],
  ['istio-service', pinned('citadel-files'), 'skipped', 'no agent asks'],
  ['istio-root-authority', {}, 'passed', 'is in gloo-system'],
  ['istio-root-authority', { objects: { rootAuthorities: [] } }, 'failed', 'is not in gloo-system'],
  ['istio-root-authority', pinned('citadel-files'), 'skipped', 'no proxy runs an agent'],
  ['istio-root-life', {}, 'passed', '60 more days'],
  ['istio-root-life', { more: { rootAuthorities: [] } }, 'skipped', 'no authority of Istio'],
  [
    'istio-root-life',
    { more: { rootAuthorities: [certificatesAt('ConfigMap a/b', certificate(59))] } },
    'warning',
    'ConfigMap a/b (59 days)',
  ],
  ['istio-citadel-secrets', {}, 'skipped', 'from Citadel'],
  ['istio-citadel-secrets', citadel(80), 'passed', place],
  ['istio-citadel-secrets', citadel(), 'failed', `${place} (no certificate in it)`],
  [
    'istio-citadel-secrets',
    { more: { citadelSecrets: [{ place, isThere: false, certificates: [] }] } },
    'failed',
    new RegExp(`^not there: ${place}$`),
  ],
  ['istio-citadel-fresh', {}, 'skipped', 'from Citadel'],
  ['istio-citadel-fresh', citadel(), 'skipped', 'from Citadel'],
  ['istio-citadel-fresh', citadel(80), 'passed', '30 more days'],
  ['istio-citadel-fresh', citadel(29), 'failed', `${place} (29 days)`],
  ['istio-citadel-fresh', citadel(-1), 'failed', `${place} (expired)`],
  ['istio-node-agent', {}, 'skipped', 'no proxy asks a node agent'],
  ['istio-node-agent', pinned('node-agent-sds'), 'failed', 'no DaemonSet istio-nodeagent'],
  ['istio-node-agent', { ...pinned('node-agent-sds'), ...agent(2) }, 'passed', 'is rolled out'],
  ['istio-node-agent', { ...pinned('node-agent-sds'), ...agent(1) }, 'failed', 'is not ready'],
]

testRows(t, SUPPLY_CHECKS, rows)

t.test('the Secrets of Citadel that proxies are to mount, each once', async t => {
  t.strictSame(citadelPlaces(evidenceOf()), [])
  t.strictSame(citadelPlaces(evidenceOf(pinned('citadel-files'))), [
    ['gloo-system', 'istio.gateway-proxy'],
  ])
})
