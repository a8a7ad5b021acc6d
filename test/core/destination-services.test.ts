import { t } from 'tap'
import { destinationsOf, nameOfService } from '../../src/core/destination-services.ts'
import { upstream } from '../harness/build.ts'

const kube = (more: object = {}) => ({
  kube: { serviceName: 'details', serviceNamespace: 'default', servicePort: 9080, ...more },
})
const hosts = (...found: readonly unknown[]) => ({ static: { hosts: found } })
const DETAILS = { namespace: 'default', service: 'details', port: 9080 }

// spec of the Upstream | where it leads to
const cases: readonly [string, unknown, readonly object[]][] = [
  ['a Service', kube(), [DETAILS]],
  ['a Service, in the settings of Gloo 0.x', { upstreamSpec: kube() }, [DETAILS]],
  [
    'a Service in snake_case',
    { kube: { service_name: 'details', service_namespace: 'default', service_port: 9080 } },
    [DETAILS],
  ],
  ['a Service without a port', kube({ servicePort: '9080' }), [{ ...DETAILS, port: undefined }]],
  ['a Service without a name', kube({ serviceName: undefined }), []],
  ['a Service without a namespace', kube({ serviceNamespace: 1 }), []],
  [
    'a host of the cluster',
    hosts({ addr: 'details.default.svc.cluster.local', port: 9080 }),
    [DETAILS],
  ],
  [
    'hosts of the cluster',
    hosts({ addr: 'details.default', port: 9080 }, { addr: 'other.default.svc' }),
    [DETAILS, { namespace: 'default', service: 'other', port: undefined }],
  ],
  [
    'a host outside beside one of the cluster',
    hosts({ addr: 'details.default', port: 9080 }, { addr: '192.0.2.1' }),
    [DETAILS],
  ],
  ['a host outside', hosts({ addr: 'www.example.com', port: 443 }), []],
  ['hosts that are none', hosts(null, 'text', {}), []],
  ['no destination', {}, []],
  ['no spec', undefined, []],
]
for (const [title, spec, expected] of cases)
  t.test(`an Upstream with ${title} leads to ${expected.length} Services`, async t =>
    t.strictSame(destinationsOf(upstream({ spec }), 'cluster.local'), expected),
  )

t.test('the domain of the cluster is that of the configuration', async t => {
  const spec = hosts({ addr: 'details.default.svc.example.com', port: 9080 })
  t.strictSame(destinationsOf(upstream({ spec }), 'example.com'), [DETAILS])
  t.strictSame(destinationsOf(upstream({ spec }), 'cluster.local'), [])
})

t.test('a Service is named by its namespace and name', async t =>
  t.equal(nameOfService(DETAILS), 'default/details'),
)

t.test('the same Upstream leads to the same, asked again', async t => {
  const same = upstream({ spec: kube() })
  t.strictSame(destinationsOf(same, 'cluster.local'), [DETAILS])
  t.strictSame(destinationsOf(same, 'cluster.local'), [DETAILS])
})
