import { t } from 'tap'
import { GLOO_CHECKS } from '../../src/core/check-gloo.ts'
import { crd, type Row, testRows, without } from '../harness/evidence.ts'

const text = { type: 'string' }
const list = { type: 'array' }
const schema = (sslConfig: object) => ({ properties: { sslConfig } })
const whole = {
  properties: {
    alpnProtocols: list,
    verifySubjectAltName: list,
    sds: {
      properties: {
        targetUri: text,
        certificatesSecretName: text,
        validationContextName: text,
      },
    },
    sslFiles: { properties: { tlsCert: text } },
  },
}
const { alpnProtocols: _, ...withoutAlpn } = whole.properties
const installed = (...crds: readonly object[]) => ({
  objects: { crds: crds.map(one => ({ ...one })) },
})

const rows: readonly Row[] = [
  ['gloo-crds', {}, 'passed', 'is served as v1'],
  ['gloo-crds', installed(), 'failed', 'is no resource here'],
  ['gloo-crds', installed(crd(undefined, 'v2')), 'failed', 'is served as v2, not as v1'],
  ['gloo-crds', installed(crd(undefined, 'v1', false)), 'failed', 'is served as nothing'],
  ['gloo-crd-fields', {}, 'skipped', 'no schema'],
  ['gloo-crd-fields', installed(), 'skipped', 'no schema'],
  ['gloo-crd-fields', installed(crd(schema(whole))), 'passed', 'keeps all fields'],
  [
    'gloo-crd-fields',
    installed(crd(schema({ properties: withoutAlpn }))),
    'failed',
    'drops sslConfig.alpnProtocols',
  ],
  [
    'gloo-crd-fields',
    installed(crd({ 'x-kubernetes-preserve-unknown-fields': true })),
    'passed',
    'keeps all fields',
  ],
  [
    'gloo-crd-fields',
    installed(crd({ 'x-kubernetes-preserve-unknown-fields': true, ...schema({}) })),
    'failed',
    'drops sslConfig.alpnProtocols',
  ],
  ['gloo-settings', {}, 'passed', 'gloo-system/default'],
  ['gloo-settings', { before: without('Settings') }, 'warning', 'no Settings'],
  ['gloo-proxies', {}, 'passed', '1 proxy: gloo-system/gateway-proxy'],
  ['gloo-proxies', { before: without('Deployment') }, 'failed', 'no proxy of Gloo is found'],
]

testRows(t, GLOO_CHECKS, rows)
