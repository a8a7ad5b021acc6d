import { t } from 'tap'
import { addressOfNode, localClusterOf } from '../../src/core/node-address.ts'
import type { JsonObject } from '../../src/core/types.ts'

const nodeWith = (...addresses: readonly (readonly [string, string])[]): JsonObject => ({
  status: { addresses: addresses.map(([type, address]) => ({ type, address })) },
})

// addresses in the order in which the node tells them | the one that is taken
const addresses: readonly [readonly (readonly [string, string])[], string | undefined][] = [
  [
    [
      ['Hostname', 'node-1'],
      ['InternalIP', '10.0.0.1'],
      ['ExternalIP', '203.0.113.1'],
    ],
    '203.0.113.1',
  ],
  [
    [
      ['Hostname', 'node-1'],
      ['InternalIP', '10.0.0.1'],
      ['InternalIP', 'fd00::1'],
    ],
    '10.0.0.1',
  ],
  [
    [
      ['InternalIP', '10.0.0.1'],
      ['ExternalDNS', 'node-1.example.com'],
    ],
    'node-1.example.com',
  ],
  [
    [
      ['Hostname', 'node-1'],
      ['InternalDNS', 'node-1.internal.example.com'],
    ],
    'node-1.internal.example.com',
  ],
  [[['Hostname', 'node-1']], 'node-1'],
  [
    [
      ['ExternalIP', ''],
      ['Hostname', 'node-1'],
    ],
    'node-1',
  ],
  [[['Other', 'x']], undefined],
  [[], undefined],
]
for (const [told, taken] of addresses)
  t.test(`of ${JSON.stringify(told)} it takes ${taken}`, async t =>
    t.equal(addressOfNode(nodeWith(...told)), taken),
  )

t.test('a node without a status has no address', async t => t.equal(addressOfNode({}), undefined))

// what the node is | what it is of, where minikube's profile is `mini`
const nodes: readonly [string, JsonObject, string | undefined][] = [
  [
    'by provider',
    { metadata: { name: 'x-worker' }, spec: { providerID: 'kind://docker/x/x-worker' } },
    'kind',
  ],
  ['by name', { metadata: { name: 'kind-control-plane' } }, 'kind'],
  [
    'by label',
    { metadata: { name: 'node-m02', labels: { 'minikube.k8s.io/name': 'other' } } },
    'minikube',
  ],
  ['by name', { metadata: { name: 'mini' } }, 'minikube'],
  ['no mark', { metadata: { name: 'minikube' } }, undefined],
  [
    'another provider',
    { metadata: { name: 'ip-10-0-0-1' }, spec: { providerID: 'aws:///eu/i-1' } },
    undefined,
  ],
]
for (const [mark, node, cluster] of nodes)
  t.test(`${mark}: ${JSON.stringify(node)} is of ${cluster}`, async t =>
    t.equal(localClusterOf(node, 'mini'), cluster),
  )
