import { t } from 'tap'
import { bootstrapText, clusterNames, sdsClusterOf } from '../../src/core/bootstrap.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { readBootstrap } from '../../src/envoy/bootstrap.ts'

// The static cluster as Gloo's chart and glooctl have it
// (gloo@v1.22.1:install/helm/gloo/templates/9-gateway-proxy-configmap.yaml).
const CHART = `
static_resources:
  clusters:
  - name: gateway_proxy_sds
    connect_timeout: 0.25s
    http2_protocol_options: {}
    load_assignment:
      cluster_name: gateway_proxy_sds
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: 8234
`

t.test('the cluster of the sds container is the one of Gloo’s chart', async t => {
  const bootstrap = readBootstrap(CHART)
  t.strictSame(bootstrap?.clusters, [sdsClusterOf('gateway_proxy_sds', 8234)])
})

t.test('a further one has its own name, twice, and its own port', async t => {
  const text = JSON.stringify(sdsClusterOf('gateway_proxy_sds_2', 8235))
  t.equal(text.split('"gateway_proxy_sds_2"').length - 1, 2)
  t.ok(text.includes('"port_value":8235'))
  t.notOk(text.includes('8234'))
})

t.test('clusters are named, also those that are no clusters', async t => {
  const clusters = [{ name: 'xds' }, null, 'text', { name: 3 }, sdsClusterOf('sds', 1)]
  const bootstrap = { clusters, with: () => '', without: () => '' }
  t.strictSame(clusterNames(bootstrap), ['xds', '', '', '', 'sds'])
})

const configMaps: readonly [JsonObject, string | undefined][] = [
  [{ data: { 'envoy.yaml': 'a: 1' } }, 'a: 1'],
  [{ data: { 'envoy.yaml': 'a: 1', other: 'x' } }, 'a: 1'],
  [{ data: { 'envoy.yaml': '' } }, undefined],
  [{ data: { 'envoy.yaml': 3 } }, undefined],
  [{ data: { 'envoy-sidecar.yaml': 'a: 1' } }, undefined],
  [{ data: null }, undefined],
  [{ data: 'envoy.yaml' }, undefined],
  [{ data: [] }, undefined],
  [{}, undefined],
]
for (const [configMap, text] of configMaps)
  t.test(`${JSON.stringify(configMap)} holds ${text ? 'a' : 'no'} bootstrap`, async t =>
    t.strictSame(bootstrapText(configMap), text && { key: 'envoy.yaml', text }),
  )
