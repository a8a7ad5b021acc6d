import { t } from 'tap'
import type { JsonObject } from '../../src/core/types.ts'
import {
  foreignDestination,
  holdsCertificatesOf,
  viewUpstream,
  withSslFiles,
} from '../../src/core/upstream.ts'
import { mesh } from '../harness/build.ts'

const MESH = mesh('a.b')
const files = {
  rootCa: '/c/a/b/root-cert.pem',
  tlsCert: '/c/a/b/cert-chain.pem',
  tlsKey: '/c/a/b/key.pem',
}

// where an Upstream keeps its settings
const dialects: readonly [unknown, string][] = [
  [{ kube: {} }, 'spec'],
  [{ upstreamSpec: {} }, 'spec.upstreamSpec'],
  [{ upstream_spec: {} }, 'spec.upstream_spec'],
  [{ upstreamSpec: {}, kube: {} }, 'spec.upstreamSpec'],
  [{ upstreamSpec: null, kube: {} }, 'spec'],
  [{}, 'spec'],
  [undefined, 'spec'],
  ['text', 'spec'],
]
for (const [spec, expected] of dialects)
  t.test(`settings of ${JSON.stringify(spec)} are in ${expected}`, async t => {
    const view = viewUpstream({ spec })
    t.equal(view.field, expected)
    const filled = viewUpstream(withSslFiles({ spec }, '/c', MESH))
    t.strictSame(filled.sslConfig, { sslFiles: files })
    t.equal(filled.field, expected, 'filled in its own dialect')
    t.ok(holdsCertificatesOf(filled.sslConfig, '/c', MESH))
  })

t.test('sslConfig is read in either spelling', async t => {
  t.equal(viewUpstream({ spec: { sslConfig: 1 } }).sslConfig, 1)
  t.equal(viewUpstream({ spec: { ssl_config: 2 } }).sslConfig, 2)
})

const configs: readonly [string, unknown, boolean][] = [
  ['nothing', undefined, false],
  ['ours', { sslFiles: files }, true],
  ['ours with an unset field', { sslFiles: files, sni: null }, true],
  ['ours and an SNI', { sslFiles: files, sni: 'x' }, false],
  ['ours and one more file', { sslFiles: { ...files, ocspStaple: 'x' } }, false],
  ['another root', { sslFiles: { ...files, rootCa: '/x' } }, false],
  ['a Secret', { secretRef: {} }, false],
]
for (const [title, sslConfig, expected] of configs)
  t.test(`sslConfig with ${title} is ${expected ? '' : 'not '}what we write`, async t =>
    t.equal(holdsCertificatesOf(sslConfig, '/c', MESH), expected),
  )

const destinations: readonly [JsonObject, string | undefined][] = [
  [{ kube: {} }, undefined],
  [{ static: {} }, undefined],
  [{ aws: {} }, 'spec.aws'],
  [{ aws: null, kube: {} }, undefined],
  [{ upstreamSpec: { aws_ec2: {} } }, 'spec.upstreamSpec.awsEc2'],
  [{ consul: {} }, 'spec.consul'],
]
for (const [spec, expected] of destinations)
  t.test(`${JSON.stringify(spec)} is ${expected ? 'outside' : 'inside'} a mesh`, async t =>
    t.equal(foreignDestination(viewUpstream({ spec })), expected),
  )
