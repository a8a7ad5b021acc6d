import { t } from 'tap'
import { secretsIn, summaryOfSecret, withoutSecrets } from '../../src/core/secret-summary.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const PEM = '-----BEGIN CERTIFICATE-----\nAAAAAAAA\n-----END CERTIFICATE-----\n'

const secret = (data?: Readonly<Record<string, unknown>>) => ({
  kind: 'Secret',
  type: 'Opaque',
  metadata: { namespace: 'a', name: 'b', creationTimestamp: '2026-11-28T09:00:00Z' },
  ...(data && { data }),
})

t.test('a summary has sizes, and the end of certificates', async t => {
  const summary = summaryOfSecret(
    secret({ 'tls.crt': base64(PEM), password: base64('é'), odd: 7 }),
    pem => (pem === PEM ? '2027-01-01' : undefined),
  )
  t.strictSame(summary, {
    namespace: 'a',
    name: 'b',
    type: 'Opaque',
    createdAt: '2026-11-28T09:00:00Z',
    keys: {
      'tls.crt': `${PEM.length} bytes, certificate until 2027-01-01`,
      password: '2 bytes',
      odd: '0 bytes',
    },
  })
  t.strictSame(summaryOfSecret(secret(), () => undefined).keys, {})
})

t.test('what is secret in it: texts, their lines, and those of JSON', async t => {
  const key = '-----BEGIN PRIVATE KEY-----\nBBBBBBBB\n-----END PRIVATE KEY-----'
  const found = secretsIn(
    secret({
      'tls.crt': base64(PEM),
      'ca.crt': base64('whatever'),
      namespace: base64('istio-system'),
      odd: 7,
      short: base64('abc'),
      both: base64(`${PEM}${key}`),
      json: base64('{"auths":{"x":{"password":"hunter2"}},"n":1,"none":null}'),
    }),
  )
  for (const wanted of ['BBBBBBBB', 'hunter2', base64(`${PEM}${key}`)])
    t.ok(found.includes(wanted), wanted)
  for (const unwanted of [base64(PEM), 'AAAAAAAA', 'istio-system', 'whatever', 'abc', ''])
    t.notOk(found.includes(unwanted), unwanted)
})

t.test('known secrets go from any text, in the forms that they take there', async t => {
  const text = withoutSecrets(
    [
      'a hunter"2/',
      JSON.stringify({ a: 'hunter"2/' }),
      'x=hunter%222%2F',
      base64('hunter"2/'),
    ].join(' '),
    ['hunter"2/', 'hunter'],
  )
  t.notMatch(text, /hunter|aHVudGVyIjIv/)
  t.match(text, /^a <redacted: 9 bytes> \{"a":"<redacted: 10 bytes>"\} x=<redacted/)
})
