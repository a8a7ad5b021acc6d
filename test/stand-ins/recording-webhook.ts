import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { field, fieldAt, isRecord, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

/** What the API server sent to one path. */
export interface Sent {
  readonly path: string
  readonly operation: string
  readonly user: string
  readonly object: JsonObject
  readonly oldObject: JsonObject
}

const recordOf = (value: unknown): JsonObject => (isRecord(value) ? value : {})

const sentTo = (path: string, request: unknown): Sent => ({
  path,
  operation: textAt(request, 'operation'),
  user: textAt(request, 'userInfo', 'username'),
  object: recordOf(field(request, 'object')),
  oldObject: recordOf(field(request, 'oldObject')),
})

/** A webhook that changes nothing, on any path of its own, and remembers what came. */
export const startRecordingWebhook = async () => {
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'a recording webhook', ...life })
  const { certPem, keyPem } = await issueCertificate(authority, {
    commonName: 'a recording webhook',
    ipAddresses: ['127.0.0.1'],
    usages: ['serverAuth'],
    ...life,
  })
  const all: Sent[] = []
  const answer = (path: string, body: string): string => {
    const request = field(JSON.parse(body), 'request')
    all.push(sentTo(path, request))
    const response = { uid: fieldAt(request, 'uid'), allowed: true }
    return JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response,
    })
  }
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'https://127.0.0.1')
    void text(request).then(body =>
      response.setHeader('Content-Type', 'application/json').end(answer(pathname, body)),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(authority.certPem, 'utf8').toString('base64'),
    /** What came since it was asked last. */
    take: (): readonly Sent[] => all.splice(0),
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
