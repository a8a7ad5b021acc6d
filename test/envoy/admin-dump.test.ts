import { t } from 'tap'
import { clustersNamed, entriesOf, secretsNamed } from '../../src/envoy/admin-dump.ts'

const TYPE = 'type.googleapis.com/envoy.admin.v3'
const V2 = 'type.googleapis.com/envoy.admin.v2alpha'
const entry = (name: string) => ({ version_info: '1', cluster: { name } })
const NARROWED = {
  configs: [{ '@type': `${TYPE}.ClustersConfigDump.DynamicCluster`, ...entry('a_b') }],
}
const WHOLE = {
  configs: [
    { '@type': `${V2}.BootstrapConfigDump`, bootstrap: {} },
    {
      '@type': `${V2}.ClustersConfigDump`,
      static_clusters: [entry('static')],
      dynamic_active_clusters: [entry('a_b'), entry('c_d')],
      dynamic_warming_clusters: [entry('e_f')],
    },
    {
      '@type': `${V2}.SecretsConfigDump`,
      dynamic_active_secrets: [
        { name: 's', secret: { name: 's' } },
        { name: 't', secret: 1 },
      ],
    },
  ],
}

const namesOf = (dump: unknown, list: string, pattern: string) =>
  clustersNamed(dump, list, pattern).map(({ name }) => name)

t.test('a list is found in an answer that is narrowed to it, and in a whole dump', async t => {
  t.strictSame(namesOf(NARROWED, 'dynamic_active_clusters', '.'), ['a_b'])
  t.strictSame(namesOf(WHOLE, 'dynamic_active_clusters', '.'), ['a_b', 'c_d'])
  t.strictSame(namesOf(WHOLE, 'dynamic_warming_clusters', '.'), ['e_f'])
  t.strictSame(namesOf(WHOLE, 'dynamic_active_clusters', '^c_d$'), ['c_d'])
})

t.test('secrets are found by their name', async t => {
  t.strictSame(secretsNamed(WHOLE, 'dynamic_active_secrets', 's'), [{ name: 's' }])
  t.strictSame(secretsNamed(NARROWED, 'dynamic_active_secrets', 's'), [])
})

for (const dump of [{}, undefined, 'text', { configs: [1, null] }, { configs: {} }])
  t.test(`${JSON.stringify(dump)} holds nothing`, async t =>
    t.strictSame(entriesOf(dump, 'dynamic_active_clusters'), []),
  )
