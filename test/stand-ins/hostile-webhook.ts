import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { generatedSource } from '../../src/certs/generated-source.ts'
import type { ApiClient } from '../../src/cluster/api.ts'
import { fieldAt, textAt } from '../../src/core/json.ts'

export interface HostileOptions {
  readonly api: ApiClient
  /** The Upstream whose `sslConfig` it takes away. */
  readonly name: string
}

const NAME = 'zz-hostile'
const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/** Somebody else's mutating webhook, called after ours and once more when we change something again. */
export const startHostileWebhook = async ({ api, name }: HostileOptions) => {
  const certificate = (await generatedSource(['127.0.0.1'], new Date())).current()
  let reviews = 0
  const answer = (body: string): string => {
    const { request: asked } = JSON.parse(body) as { request: Record<string, unknown> }
    reviews++
    const isTarget = textAt(asked, 'name') === name && fieldAt(asked, 'object', 'spec', 'sslConfig')
    const patch = JSON.stringify(isTarget ? [{ op: 'remove', path: '/spec/sslConfig' }] : [])
    return JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: asked['uid'],
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(patch, 'utf8').toString('base64'),
      },
    })
  }
  const key = { cert: certificate.certPem, key: certificate.keyPem }
  const server = createServer(key, (request, response) => {
    void text(request).then(body =>
      response.setHeader('Content-Type', 'application/json').end(answer(body)),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await api.request({
    method: 'POST',
    path: PATH,
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: NAME },
      webhooks: [
        {
          name: 'hostile.example.com',
          clientConfig: {
            url: `https://127.0.0.1:${port}/`,
            caBundle: Buffer.from(certificate.caPem, 'utf8').toString('base64'),
          },
          rules: [
            {
              apiGroups: ['gloo.solo.io'],
              apiVersions: ['v1'],
              resources: ['upstreams'],
              operations: ['CREATE', 'UPDATE'],
            },
          ],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          reinvocationPolicy: 'IfNeeded',
        },
      ],
    },
  })
  return {
    reviews: () => reviews,
    stop: async () => {
      await api.request({ method: 'DELETE', path: `${PATH}/${NAME}` })
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
