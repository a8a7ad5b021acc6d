const PATCH = Buffer.from(
  JSON.stringify([
    {
      op: 'add',
      path: '/spec/sslConfig',
      value: {
        alpnProtocols: ['istio'],
        sds: {
          certificatesSecretName: 'istio_server_cert',
          validationContextName: 'istio_validation_context',
          targetUri: '127.0.0.1:8234',
        },
      },
    },
  ]),
).toString('base64')

/**
 * The answer to a review that decides nothing: a patch that is always the same.
 * @param {{ apiVersion: string, kind: string, request: { uid: string } }} review
 */
export const constantAnswer = ({ apiVersion, kind, request }) => ({
  apiVersion,
  kind,
  response: { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch: PATCH },
})
