import { t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import { readCertificateEnds } from '../../src/cluster/certificate-ends.ts'
import type { JsonObject } from '../../src/core/types.ts'

const now = new Date('2026-01-01T00:00:00Z')
const authority = await createAuthority({ commonName: 'example authority', days: 365, now })
const leaf = await issueCertificate(authority, {
  commonName: 'gateway',
  dnsNames: ['gateway.example.com'],
  usages: ['clientAuth'],
  days: 90,
  now,
})
const base64 = (text: string) => Buffer.from(text).toString('base64')
const secretWith = (chain: string): JsonObject => ({
  data: { 'cert-chain.pem': base64(chain), 'key.pem': base64(leaf.keyPem) },
})
const { signal } = new AbortController()

const read = (answers: Record<string, JsonObject | number>, ...secrets: string[]) =>
  readCertificateEnds(
    {
      request: async ({ path }: ApiRequest) => {
        const answer = answers[path] ?? 404
        if (typeof answer === 'number') throw new ApiError({ statusCode: answer, headers: {} }, '')
        return answer
      },
    },
    secrets,
    signal,
  )

t.test('the end of the first certificate of a chain is told, and nothing else', async t => {
  const path = '/api/v1/namespaces/gloo-system/secrets/istio.gateway-proxy'
  const ends = await read(
    { [path]: secretWith(leaf.certPem + authority.certPem) },
    'gloo-system/istio.gateway-proxy',
  )
  t.strictSame([...ends], [['gloo-system/istio.gateway-proxy', '2026-04-01T00:00:00.000Z']])
})

t.test('what is not there, cannot be seen or holds no certificate is left out', async t => {
  const place = (name: string) => `/api/v1/namespaces/a/secrets/${name}`
  const answers = {
    [place('forbidden')]: 403,
    [place('empty')]: {},
    [place('broken')]: secretWith('no certificate'),
    [place('good')]: secretWith(leaf.certPem),
  }
  const ends = await read(answers, 'a/absent', 'a/forbidden', 'a/empty', 'a/broken', 'a/good')
  t.strictSame([...ends.keys()], ['a/good'])
})

t.test('names are parts of a path, whatever they hold', async t => {
  const path = '/api/v1/namespaces/a/secrets/istio.%3Fx'
  t.equal((await read({ [path]: secretWith(leaf.certPem) }, 'a/istio.?x')).size, 1)
})

t.test('any other failure is passed on', async t => {
  await t.rejects(read({ '/api/v1/namespaces/a/secrets/b': 500 }, 'a/b'), {
    name: 'ApiError',
    statusCode: 500,
  })
})
