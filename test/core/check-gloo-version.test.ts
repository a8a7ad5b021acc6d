import { t } from 'tap'
import { GLOO_VERSION_CHECKS } from '../../src/core/check-gloo-version.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { adding, type Row, type Spoils, testRows, without } from '../harness/evidence.ts'
import { GLOO_SYSTEM, gatewayProxy } from '../harness/live.ts'

const other = (version: string, name = 'other') => adding(gatewayProxy(version, name))
const none = { before: without('Deployment') }
const gloo = (version: string, bootstrapCluster = false) => ({
  gloo: { version, bootstrapCluster, autoMtls: 'disabled', sidecarOnGateway: false } as const,
})
const bootstrap = (...names: readonly string[]): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    namespace: GLOO_SYSTEM,
    name: 'gateway-proxy-envoy-config',
    labels: { gloo: 'gateway-proxy' },
  },
  data: {
    'envoy.yaml': [
      'static_resources:',
      '  clusters:',
      ...names.map(name => `  - name: ${name}`),
      '',
    ].join('\n'),
  },
})
/** A proxy of a Gloo that needs the cluster. */
const old = (isTold: boolean, ...more: readonly JsonObject[]): Spoils => ({
  before: objects => [
    ...objects.filter(({ metadata }) => Reflect.get(Object(metadata), 'name') !== 'gateway-proxy'),
    gatewayProxy('1.9.0'),
  ],
  after: adding(...more),
  told: {
    gloo: {
      version: undefined,
      bootstrapCluster: isTold,
      autoMtls: 'disabled',
      sidecarOnGateway: false,
    },
  },
})

const rows: readonly Row[] = [
  ['gloo-version', {}, 'passed', 'Gloo 1.17.3'],
  ['gloo-version', none, 'skipped', 'no proxy'],
  ['gloo-version', { told: gloo('1.17.0') }, 'passed', 'Gloo 1.17.0'],
  [
    'gloo-version',
    { before: other('latest') },
    'failed',
    /^gloo-system\/other: the version of Gloo is unknown.*\[GlooVersionUnknown\]$/,
  ],
  ['gloo-one-version', {}, 'passed', 'agree on a version'],
  ['gloo-one-version', none, 'skipped', 'no proxy'],
  ['gloo-one-version', { before: other('1.18.0') }, 'warning', 'several versions in gloo-system'],
  ['gloo-told-version', {}, 'passed', 'nothing that is told contradicts'],
  [
    'gloo-told-version',
    { told: gloo('1.16.0') },
    'warning',
    /this proxy runs Gloo 1.17.3, but .*\[GlooVersionDiffers\]$/,
  ],
  ['gloo-bootstrap', {}, 'skipped', 'no proxy needs one'],
  [
    'gloo-bootstrap',
    old(false),
    'failed',
    /^gloo-system\/gateway-proxy: Gloo 1.9.0 needs cluster gateway_proxy_sds.*\[BootstrapClusterMissing\]$/,
  ],
  ['gloo-bootstrap', old(true), 'passed', 'cluster gateway_proxy_sds is there'],
  ['gloo-bootstrap', old(true, bootstrap('gateway_proxy_sds')), 'passed', 'is there'],
  ['gloo-bootstrap', old(true, bootstrap('xds')), 'failed', 'needs cluster gateway_proxy_sds'],
  [
    'gloo-bootstrap',
    old(true, { ...bootstrap(), data: { 'other.yaml': '' } }),
    'passed',
    'is there',
  ],
]

testRows(t, GLOO_VERSION_CHECKS, rows)
