import { t } from 'tap'
import { MATERIAL_CHECKS } from '../../src/core/check-material.ts'
import type { JsonObject } from '../../src/core/types.ts'
import {
  adding,
  editing,
  evidenceOf,
  merged,
  type Row,
  testRows,
  tryCheck,
  without,
} from '../harness/evidence.ts'
import { discovered, GLOO_SYSTEM, gatewayProxy } from '../harness/live.ts'

const PROXY = 'gateway-proxy'
const none = { before: without('Upstream') }
const foreign = (sslConfig: JsonObject) => ({
  after: adding(merged(discovered('other', 'x'), { spec: { sslConfig } })),
})
const bare = (objects: readonly JsonObject[]) =>
  objects.map(one =>
    Reflect.get(Object(one['metadata']), 'name') === PROXY && one['kind'] === 'Deployment'
      ? { ...gatewayProxy('1.17.3'), status: one['status'] }
      : one,
  )
const names = {
  certificatesSecretName: 'istio_server_cert',
  validationContextName: 'istio_validation_context',
}
const sds = (more: JsonObject) => foreign({ sds: { ...names, ...more } })
const files = (path: string) => foreign({ sslFiles: { rootCa: path } })
/** A second proxy of somebody, with an sds that has names of its own. */
const withOwnNames = {
  after: (objects: readonly JsonObject[]) =>
    adding(
      merged(discovered('other', 'x'), {
        spec: {
          sslConfig: {
            sds: { certificatesSecretName: 'a', validationContextName: 'b', clusterName: 'c' },
          },
        },
      }),
    )(
      editing(
        'Deployment',
        one =>
          merged(one, {
            spec: {
              template: {
                spec: {
                  containers: [
                    ...Object(one['spec']).template.spec.containers,
                    {
                      name: 'own',
                      env: [
                        { name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' },
                        { name: 'ISTIO_SERVER_CERT', value: 'a' },
                        { name: 'ISTIO_VALIDATION_CONTEXT', value: 'b' },
                      ],
                    },
                  ],
                },
              },
            },
          }),
        PROXY,
      )(objects),
    ),
}
const ON = `${GLOO_SYSTEM}/other-x-9080 (${GLOO_SYSTEM}/${PROXY})`

const rows: readonly Row[] = [
  ['upstreams-material', {}, 'passed', 'each proxy carries them'],
  ['upstreams-material', none, 'skipped', 'no Upstream is on'],
  [
    'upstreams-material',
    { after: bare },
    'failed',
    'a proxy lacks the certificates: gloo-system/team-a-details-9080 (gloo-system/gateway-proxy)',
  ],
  ['upstreams-sds-names', {}, 'passed', 'all are served'],
  ['upstreams-sds-names', none, 'skipped', 'no Upstream asks SDS'],
  ['upstreams-sds-names', { after: bare }, 'failed', 'gloo-system/team-a-details-9080'],
  ['upstreams-sds-names', sds({ targetUri: '127.0.0.1:9' }), 'failed', ON],
  ['upstreams-sds-names', sds({ certificatesSecretName: 'other' }), 'failed', ON],
  ['upstreams-sds-names', sds({ clusterName: 'gateway_proxy_sds' }), 'passed', 'all are served'],
  [
    'upstreams-sds-names',
    sds({ certificatesSecretName: '', targetUri: '127.0.0.1:8234' }),
    'passed',
    'all are served',
  ],
  ['upstreams-sds-names', sds({ targetUri: 'unix:/etc/envoy/socket' }), 'passed', 'all are served'],
  ['upstreams-sds-names', sds({ targetUri: 'unix:/var/run/sds/uds_path' }), 'failed', ON],
  ['upstreams-sds-names', withOwnNames, 'passed', 'all are served'],
  ['upstreams-file-paths', {}, 'skipped', 'no Upstream names files'],
  ['upstreams-file-paths', files('/etc/ssl/certs/ca.crt'), 'skipped', 'no Upstream names files'],
  ['upstreams-file-paths', files('/etc/envoy/root.pem'), 'passed', 'all are mounted'],
  ['upstreams-file-paths', files('/etc/certs/root.pem'), 'failed', ON],
]

testRows(t, MATERIAL_CHECKS, rows)

t.test('what nothing is known of is not accused', async t => {
  const evidence = evidenceOf()
  const blind = { ...evidence, facts: { ...evidence.facts, snapshot: undefined } }
  t.equal(tryCheck(MATERIAL_CHECKS, 'upstreams-material', blind).status, 'skipped')
})
