import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { KubeConfig } from '@kubernetes/client-node'
import { t } from 'tap'
import { WebhookConfiguration } from '../../src/cluster/webhook-configuration.ts'
import type { JsonObject } from '../../src/core/types.ts'

// The versions that no API server of today serves any more, and failures, are played here; the real
// API server stands in test/integration/webhook.test.ts.
const startApiServer = async (version: string, webhooks: readonly JsonObject[]) => {
  const patches: unknown[] = []
  const base = `/apis/admissionregistration.k8s.io/${version}`
  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    const [path] = (request.url ?? '').split('?')
    if (path === base)
      return [
        200,
        {
          kind: 'APIResourceList',
          groupVersion: base.slice(6),
          resources: [
            {
              name: 'mutatingwebhookconfigurations',
              kind: 'MutatingWebhookConfiguration',
              namespaced: false,
              verbs: [],
            },
          ],
        },
      ]
    if (path !== `${base}/mutatingwebhookconfigurations/ours`)
      return [404, { kind: 'Status', code: 404, message: 'not found', status: 'Failure' }]
    if (request.method === 'PATCH')
      patches.push([request.headers['content-type'], await json(request)])
    return [
      200,
      {
        apiVersion: base.slice(6),
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'ours' },
        webhooks,
      },
    ]
  }
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const config = new KubeConfig()
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`
  config.loadFromClusterAndUser({ name: 'a', server: address, skipTLSVerify: true }, { name: 'a' })
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { config, patches, close }
}

const PEM = '-----BEGIN CERTIFICATE-----\n'
const BUNDLE = Buffer.from(PEM).toString('base64')

for (const version of ['v1', 'v1beta1'])
  t.test(`the bundle is published where the registration is ${version}`, async t => {
    const webhooks = [
      { name: 'a.example.com', clientConfig: { url: 'https://x', caBundle: BUNDLE } },
      { name: 'b.example.com', clientConfig: { url: 'https://x' } },
    ]
    const server = await startApiServer(version, webhooks)
    t.teardown(server.close)
    t.equal(await new WebhookConfiguration(server.config, 'ours').publish(PEM), true)
    t.match(server.patches, [
      [
        'application/strategic-merge-patch+json',
        {
          apiVersion: `admissionregistration.k8s.io/${version}`,
          webhooks: [{ name: 'b.example.com', clientConfig: { caBundle: BUNDLE } }],
        },
      ],
    ])
  })

t.test('a bundle that is there is not written again', async t => {
  const server = await startApiServer('v1', [
    { name: 'a.example.com', clientConfig: { caBundle: BUNDLE } },
  ])
  t.teardown(server.close)
  t.equal(await new WebhookConfiguration(server.config, 'ours').publish(PEM), false)
  t.strictSame(server.patches, [])
})

t.test('a registration that is not there is an error', async t => {
  const server = await startApiServer('v1', [])
  t.teardown(server.close)
  await t.rejects(new WebhookConfiguration(server.config, 'other').publish(PEM), /not found/)
})
