import { t } from 'tap'
import { BUNDLE_CHECKS } from '../../src/core/check-bundle.ts'
import { certificate, certificatesAt, type Row, testRows } from '../harness/evidence.ts'

const bundle = (...certificates: readonly ReturnType<typeof certificate>[]) => ({
  more: { bundles: [certificatesAt('upstreams.gloo-istio.io', ...certificates)] },
})
const none = { more: { bundles: [] } }
const empty = {
  more: { bundles: [{ place: 'upstreams.gloo-istio.io', isThere: false, certificates: [] }] },
}
const theirs = (days: number) => ({
  more: {
    bundles: [certificatesAt('upstreams.gloo-istio.io', certificate(days))],
    authority: undefined,
  },
})
const served = (isThere: boolean, ...certificates: readonly ReturnType<typeof certificate>[]) => ({
  more: { serving: { place: 'Secret gloo-istio/tls', isThere, certificates } },
})
const managed = (status: string) => ({
  objects: {
    managedCertificates: [
      { metadata: { name: 'gloo-istio-tls' }, status: { conditions: [{ type: 'Ready', status }] } },
    ],
  },
})

const rows: readonly Row[] = [
  ['webhook-ca-bundle', {}, 'passed', 'each caBundle holds certificates'],
  ['webhook-ca-bundle', none, 'skipped', 'not registered'],
  ['webhook-ca-bundle', empty, 'failed', 'trusts nobody: upstreams.gloo-istio.io'],
  ['webhook-ca-bundle', bundle(), 'failed', 'upstreams.gloo-istio.io (no certificate in it)'],
  ['webhook-ca-bundle-life', {}, 'passed', 'valid for 300 more days'],
  ['webhook-ca-bundle-life', empty, 'skipped', 'no caBundle'],
  ['webhook-ca-bundle-life', bundle(certificate(-1)), 'failed', 'no certificate is valid now'],
  ['webhook-ca-bundle-life', bundle(certificate(5)), 'passed', 'valid for 5 more days'],
  ['webhook-ca-bundle-life', theirs(59), 'warning', 'for 59 more days only'],
  ['webhook-ca-bundle-life', theirs(60), 'passed', 'for 60 more days'],
  ['webhook-ca-bundle-matches', {}, 'passed', 'holds the authority of Secret'],
  ['webhook-ca-bundle-matches', { more: { authority: undefined } }, 'skipped', 'no authority'],
  [
    'webhook-ca-bundle-matches',
    bundle(certificate(200)),
    'failed',
    'is not in the caBundle of upstreams.gloo-istio.io',
  ],
  ['serving-certificate', {}, 'skipped', 'each process makes its own'],
  ['serving-certificate', served(true, certificate(30)), 'passed', 'valid for 30 more days'],
  ['serving-certificate', served(true, certificate(-1)), 'failed', 'is not valid now'],
  ['serving-certificate', served(true), 'failed', 'holds no certificate in tls.crt'],
  ['serving-certificate', served(false), 'failed', 'is not there'],
  ['cert-manager', {}, 'skipped', 'does not make'],
  ['cert-manager', managed('True'), 'passed', 'each Certificate is ready'],
  ['cert-manager', managed('False'), 'failed', 'not ready: Certificate gloo-istio-tls'],
]

testRows(t, BUNDLE_CHECKS, rows)
