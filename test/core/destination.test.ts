import { t } from 'tap'
import { decidingAnnotation, foreignDestination } from '../../src/core/destination.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { parseVersion } from '../../src/core/version.ts'
import { upstream } from '../harness/build.ts'

const foreignAt = (spec: JsonObject, domain = 'cluster.local') =>
  foreignDestination(viewUpstream({ spec }), domain)

// what an Upstream leads to | the field that cannot be in a mesh
const destinations: readonly [JsonObject, string | undefined][] = [
  [{}, undefined],
  [{ kube: { serviceName: 'details' } }, undefined],
  [{ upstreamSpec: { kube: {} } }, undefined],
  [{ aws: { region: 'us-east-1' } }, 'spec.aws'],
  [{ awsEc2: {} }, 'spec.awsEc2'],
  [{ upstreamSpec: { aws_ec2: {} } }, 'spec.upstreamSpec.awsEc2'],
  [{ azure: {} }, 'spec.azure'],
  [{ consul: {} }, 'spec.consul'],
  [{ pipe: { path: '/x' } }, 'spec.pipe'],
  [{ gcp: {} }, 'spec.gcp'],
  [{ ai: {} }, 'spec.ai'],
  [{ aws: null, kube: {} }, undefined],
]
for (const [spec, expected] of destinations)
  t.test(`${JSON.stringify(spec)} is ${expected ?? 'nothing'} outside a mesh`, async t =>
    t.equal(foreignAt(spec), expected),
  )

// address of a static host | port | whether it is a Service of the cluster
const hosts: readonly [unknown, unknown, boolean][] = [
  ['details.default', 9080, true],
  ['details.default.svc', 9080, true],
  ['details.default.svc.cluster.local', 9080, true],
  ['details.default.svc', 443, true],
  ['details.default.svc.cluster.local', 443, true],
  ['details.default', undefined, true],
  ['details.default', 443, false],
  ['details.default.cluster.local', 9080, false],
  ['details', 9080, false],
  ['api.example.com', 80, false],
  ['example.com', 443, false],
  ['pod-0.details.default.svc', 9080, false],
  ['details.default.svc.example.com', 9080, false],
  ['svc.cluster.local', 9080, false],
  ['cluster.local', 443, false],
  ['.default.svc', 9080, false],
  ['details..svc', 9080, false],
  ['10.0.0.1', 9080, false],
  ['10.1', 9080, false],
  ['::1', 9080, false],
  ['', 9080, false],
  [undefined, 9080, false],
  [3, 9080, false],
]
for (const [addr, port, expected] of hosts)
  t.test(
    `a host ${String(addr)}:${String(port)} is ${expected ? 'inside' : 'outside'} the cluster`,
    async t =>
      t.equal(
        foreignAt({ static: { hosts: [{ addr, port }] } }),
        expected ? undefined : 'spec.static.hosts[0].addr',
      ),
  )

t.test('the domain of the cluster is the one that is configured', async t => {
  const spec = (addr: string) => ({ static: { hosts: [{ addr: 'a.b' }, { addr, port: 80 }] } })
  t.equal(foreignAt(spec('details.default.svc.prod.internal'), 'prod.internal'), undefined)
  t.equal(
    foreignAt(spec('details.default.svc.cluster.local'), 'prod.internal'),
    'spec.static.hosts[1].addr',
    'and the first host that is outside is the one named',
  )
  t.equal(foreignAt({ static: {} }), undefined)
  t.equal(foreignAt({ static: { hosts: 'text' } }), undefined)
})

const SSL = 'gloo.solo.io/sslService'
const CONFIG = 'gloo.solo.io/upstream_config'
const WITH_SSL = JSON.stringify({ sslConfig: { secretRef: { name: 'a', namespace: 'b' } } })

// annotation | value | Gloo | whether the Service decides by it; its port is 9080
const deciding: readonly [string, unknown, string | undefined, boolean][] = [
  [`${SSL}.secret`, 'mysecret', '1.0.0', true],
  [`${SSL}.tlsCert`, '/cert', '1.0.0', true],
  [`${SSL}.tlsKey`, '/key', '1.22.1', true],
  [`${SSL}.rootCa`, '/ca', '1.22.1', true],
  [`${SSL}.secret`, 'mysecret', undefined, true],
  [`${SSL}.secret`, 'mysecret', '0.21.3', false],
  [`${SSL}.secret`, '9080:mysecret', '1.0.0', true],
  [`${SSL}.secret`, '443:mysecret', '1.0.0', false],
  [`${SSL}.tlsCert`, '443:/cert', '1.0.0', false],
  [`${SSL}.secret`, 3, '1.0.0', false],
  [`${SSL}.secret`, null, '1.0.0', false],
  [`${SSL}.oneWayTls`, 'true', '1.22.1', false],
  [CONFIG, WITH_SSL, '1.10.0', true],
  [CONFIG, '{"ssl_config":{}}', '1.22.1', true],
  [CONFIG, WITH_SSL, undefined, true],
  [CONFIG, WITH_SSL, '1.9.23', false],
  [CONFIG, '{"sslConfig":null}', '1.22.1', false],
  [CONFIG, '{"initialStreamWindowSize":2048}', '1.22.1', false],
  [CONFIG, 'no JSON', '1.22.1', false],
  [CONFIG, '[]', '1.22.1', false],
  [CONFIG, 'null', '1.22.1', false],
  ['gloo.solo.io/h2_service', 'true', '1.22.1', false],
]
for (const [annotation, value, gloo, expected] of deciding)
  t.test(
    `${annotation} ${String(value)} ${expected ? 'decides' : 'says nothing'} on ${gloo}`,
    async t => {
      const object = upstream({}, { [annotation]: value })
      const found = decidingAnnotation(object, viewUpstream(object), parseVersion(gloo))
      t.equal(found, expected ? annotation : undefined)
    },
  )

t.test('the annotation for another port does not hide that by the configuration', async t => {
  const object = upstream({}, { [`${SSL}.secret`]: '443:s', [CONFIG]: WITH_SSL })
  const view = viewUpstream(object)
  t.equal(decidingAnnotation(object, view, parseVersion('1.22.1')), CONFIG)
  const both = upstream({}, { [`${SSL}.secret`]: 's', [CONFIG]: WITH_SSL })
  t.equal(decidingAnnotation(both, view, parseVersion('1.22.1')), `${SSL}.secret`)
  t.equal(decidingAnnotation(both, view, parseVersion('0.21.3')), undefined)
})

t.test('the port is read in either spelling', async t => {
  const spec = { upstreamSpec: { kube: { service_port: 443 } } }
  const object = upstream({ spec }, { [`${SSL}.rootCa`]: '443:/ca' })
  t.equal(decidingAnnotation(object, viewUpstream(object), parseVersion('1.0.0')), `${SSL}.rootCa`)
})
