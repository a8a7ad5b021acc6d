import { t } from 'tap'
import type { JsonObject } from '../../src/core/types.ts'
import { eitherCase, viewUpstream, withSslConfig } from '../../src/core/upstream.ts'

const SSL = { sslFiles: { rootCa: '/ca' } }

// where an Upstream keeps its settings
const dialects: readonly [unknown, string][] = [
  [{ kube: {} }, 'spec'],
  [{ upstreamSpec: {} }, 'spec.upstreamSpec'],
  [{ upstreamSpec: { kube: {} }, discoveryMetadata: {} }, 'spec.upstreamSpec'],
  [{ upstream_spec: {} }, 'spec.upstream_spec'],
  [{ upstreamSpec: {}, kube: {} }, 'spec.upstreamSpec'],
  [{ upstreamSpec: null, kube: {} }, 'spec'],
  [{}, 'spec'],
  [undefined, 'spec'],
  ['text', 'spec'],
]
for (const [spec, expected] of dialects)
  t.test(`settings of ${JSON.stringify(spec)} are in ${expected}`, async t => {
    const before = structuredClone({ spec })
    const view = viewUpstream({ spec })
    t.equal(view.field, expected)
    const filled = withSslConfig({ spec }, SSL)
    t.strictSame(viewUpstream(filled).sslConfig, SSL)
    t.equal(viewUpstream(filled).field, expected, 'filled in its own dialect')
    t.strictSame({ spec }, before, 'the original is not written to')
    const emptied = withSslConfig(filled, undefined)
    t.equal(viewUpstream(emptied).sslConfig, undefined)
    const isObject = typeof spec === 'object'
    t.strictSame(emptied, isObject ? { spec } : { spec: {} }, 'and emptied without a trace')
  })

// settings before | settings with an sslConfig
const replaced: readonly [JsonObject, JsonObject][] = [
  [
    { sslConfig: { sni: 'a' }, kube: {} },
    { kube: {}, sslConfig: SSL },
  ],
  [
    { ssl_config: { sni: 'a' }, kube: {} },
    { kube: {}, sslConfig: SSL },
  ],
  [{ ssl_config: {}, sslConfig: {} }, { sslConfig: SSL }],
  [{ use_http2: true }, { use_http2: true, sslConfig: SSL }],
  [{ sslConfig: null }, { sslConfig: SSL }],
]
for (const [settings, expected] of replaced)
  t.test(`${JSON.stringify(settings)} has one sslConfig afterwards, and all else`, async t => {
    t.strictSame(withSslConfig({ spec: settings }, SSL), { spec: expected })
    t.strictSame(withSslConfig({ spec: { upstreamSpec: settings } }, SSL), {
      spec: { upstreamSpec: expected },
    })
    t.equal(viewUpstream(withSslConfig({ spec: settings }, undefined)).sslConfig ?? null, null)
  })

t.test('what is not set is not taken away either', async t => {
  const spec = { sslConfig: null, ssl_config: null, kube: {} }
  t.strictSame(withSslConfig({ spec }, undefined), { spec })
})

t.test('sslConfig is read in either spelling', async t => {
  t.equal(viewUpstream({ spec: { sslConfig: 1 } }).sslConfig, 1)
  t.equal(viewUpstream({ spec: { ssl_config: 2 } }).sslConfig, 2)
  t.equal(viewUpstream({ spec: { sslConfig: 1, ssl_config: 2 } }).sslConfig, 1)
  t.equal(viewUpstream({ spec: { sslConfig: null, ssl_config: 2 } }).sslConfig, 2)
})

// field in camelCase | its name in Gloo's protos
const names: readonly [string, string][] = [
  ['kube', 'kube'],
  ['servicePort', 'service_port'],
  ['awsEc2', 'aws_ec2'],
  ['useHttp2', 'use_http2'],
  ['disableIstioAutoMtls', 'disable_istio_auto_mtls'],
]
for (const [camelCase, snakeCase] of names)
  t.test(`${camelCase} is ${snakeCase}, too`, async t => {
    t.equal(eitherCase({ [camelCase]: 1 }, camelCase), 1)
    t.equal(eitherCase({ [snakeCase]: 2 }, camelCase), 2)
    t.equal(eitherCase({ other: 3 }, camelCase), undefined)
  })
