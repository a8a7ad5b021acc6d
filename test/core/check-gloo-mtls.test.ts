import { t } from 'tap'
import { GLOO_MTLS_CHECKS } from '../../src/core/check-gloo-mtls.ts'
import type { JsonObject } from '../../src/core/types.ts'
import {
  adding,
  editing,
  merged,
  type Row,
  registeredWith,
  settings,
  testRows,
  without,
} from '../harness/evidence.ts'

const autoMtls = adding(
  settings({ gloo: { istioOptions: { enableAutoMtls: true, enableIntegration: true } } }),
)
const PROXY = 'gateway-proxy'
const withContainers = (...more: readonly JsonObject[]) =>
  editing(
    'Deployment',
    one => {
      const spec = Object(one['spec']).template.spec
      return merged(one, {
        spec: { template: { spec: { containers: [...spec.containers, ...more] } } },
      })
    },
    PROXY,
  )
const sds = (...variables: readonly string[]) => ({
  name: 'sds',
  image: 'quay.io/solo-io/sds:1.17.3',
  env: variables.map(name => ({ name, value: 'true' })),
})
const labelled = (labels: JsonObject) =>
  editing('Deployment', one => merged(one, { spec: { template: { metadata: { labels } } } }), PROXY)
const reported = (...statuses: readonly unknown[]) => ({
  objects: {
    upstreamStates: statuses.map((status, index) => ({
      metadata: { namespace: 'gloo-system', name: `one-${index}` },
      ...(status !== undefined && { status }),
    })),
  },
})

const rows: readonly Row[] = [
  ['gloo-auto-mtls', {}, 'passed', 'is off'],
  ['gloo-auto-mtls', { before: autoMtls }, 'warning', /auto-mTLS is on .*\[AutoMtlsOn\]$/],
  [
    'gloo-auto-mtls',
    {
      before: autoMtls,
      told: { gloo: { autoMtls: 'overridden', bootstrapCluster: false, sidecarOnGateway: false } },
    },
    'passed',
    'gives way',
  ],
  ['gloo-sidecar', {}, 'passed', 'no gateway has'],
  [
    'gloo-sidecar',
    { before: labelled({ 'sidecar.istio.io/inject': 'true' }) },
    'warning',
    /gateway-proxy: the gateway has a whole Istio sidecar.*\[SidecarOnGateway\]$/,
  ],
  ['gloo-discovery', {}, 'passed', '1 Upstream discovered, each write seen'],
  ['gloo-discovery', { before: without('Upstream') }, 'skipped', 'no Upstream is discovered'],
  [
    'gloo-discovery',
    {
      objects: {
        mutatingWebhooks: [registeredWith({ namespaceSelector: { matchLabels: { team: 'a' } } })],
      },
    },
    'warning',
    'discovery writes to gloo-system, which the webhook is not asked about',
  ],
  ['gloo-mtls', {}, 'skipped', 'glooMtls is off'],
  ['gloo-mtls', { before: withContainers(sds('GLOO_MTLS_SDS_ENABLED')) }, 'passed', 'serves both'],
  [
    'gloo-mtls',
    {
      before: objects => withContainers(sds('GLOO_MTLS_SDS_ENABLED'))(objects),
      told: {},
      after: alone,
    },
    'failed',
    'serves Gloo’s own certificates alone',
  ],
  ['gloo-accepts', {}, 'skipped', 'has reported on no Upstream'],
  ['gloo-accepts', reported(undefined), 'skipped', 'has reported on no Upstream'],
  ['gloo-accepts', reported({ state: 'Accepted' }, { state: 1 }), 'passed', 'accepts 2 Upstreams'],
  [
    'gloo-accepts',
    reported({ statuses: { 'gloo-system': { state: 'Rejected', reason: 'bad\nbecause' } } }),
    'failed',
    'does not accept gloo-system/one-0 (bad)',
  ],
  ['gloo-accepts', reported({ state: 2 }), 'failed', 'it does not say why'],
  ['gloo-accepts', reported({ state: 'Warning', reason: 'hm' }), 'failed', '(hm)'],
]

/** Somebody wrote the proxy anew while nobody was there. */
function alone(objects: readonly JsonObject[]): readonly JsonObject[] {
  return editing(
    'Deployment',
    one =>
      merged(one, {
        spec: {
          template: {
            spec: {
              containers: Object(one['spec']).template.spec.containers.map(
                (container: JsonObject) =>
                  container['name'] === 'sds' ? sds('GLOO_MTLS_SDS_ENABLED') : container,
              ),
            },
          },
        },
      }),
    PROXY,
  )(objects)
}

testRows(t, GLOO_MTLS_CHECKS, rows)
