import { t } from 'tap'
import { field } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { type Render, render } from './chart.ts'

const policyOf = async (options: Render) =>
  field((await render(options)).get('NetworkPolicy'), 'spec')

const tcp = (port: number) => ({ port, protocol: 'TCP' })
const dns = { ports: [{ port: 53, protocol: 'UDP' }, tcp(53)] }
const on = 'networkPolicy.enabled=true'

await t.test('the network policy', { skip: skipUnless('helm') }, async t => {
  await t.test('is there when it is asked for', async t => {
    t.equal(await policyOf({}), undefined)
    t.equal(await policyOf({ values: 'url', set: [on] }), undefined)
  })

  await t.test(
    'lets in calls and reading of metrics, and out to DNS and the API server',
    async t => {
      t.same(await policyOf({ set: [on] }), {
        podSelector: {
          matchLabels: {
            'app.kubernetes.io/name': 'gloo-istio',
            'app.kubernetes.io/instance': 'edge',
            'app.kubernetes.io/component': 'webhook',
          },
        },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [tcp(10250)] }, { ports: [tcp(9090)] }],
        egress: [dns, { ports: [tcp(443), tcp(6443)] }],
      })
    },
  )

  await t.test('is as narrow as values make it', async t => {
    const servers = [{ ipBlock: { cidr: '192.0.2.0/24' } }]
    const monitoring = { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } }
    t.match(await policyOf({ values: 'network-policy' }), {
      ingress: [
        { ports: [tcp(10250)], from: servers },
        { ports: [tcp(9090)], from: [{ namespaceSelector: monitoring }] },
      ],
      egress: [dns, { ports: [tcp(6443)], to: servers }, { ports: [tcp(4318)] }],
    })
  })

  await t.test('lets out nothing to an API server that is not asked anything', async t => {
    t.match(await policyOf({ values: 'ca-bundle', set: [on] }), { egress: [dns] })
    const { egress } = Object(await policyOf({ values: 'ca-bundle', set: [on] }))
    t.same(egress, [dns])
  })
})
