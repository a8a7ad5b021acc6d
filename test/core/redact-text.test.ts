import { t } from 'tap'
import { redacted, redactText } from '../../src/core/redact-text.ts'

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIUQ2v7Fh3kq0sJ5n1aBcD2eF3gH4iwCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----
`
const KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIOw8f9z1Xk3v5Yb7Nq2R4tU6wE8yA0cG1iK3mO5qS7uoAoGCCqGSM49
-----END EC PRIVATE KEY-----`
const base64 = (text: string) => Buffer.from(text).toString('base64')

t.equal(redacted('é'), '<redacted: 2 bytes>')

// what | text | what must not be left of it | what must be
const gone: readonly (readonly [string, string, string, RegExp])[] = [
  ['a private key', `a\n${KEY}\nb`, 'MHcCAQ', /^a\n<redacted: \d+ bytes>\nb$/],
  [
    'a private key in JSON',
    JSON.stringify({ a: KEY }),
    'MHcCAQ',
    /^{"a":"<redacted: \d+ bytes>"}$/,
  ],
  ['a private key that is cut off', KEY.slice(0, 80), 'MHcCAQ', /^<redacted: 80 bytes>$/],
  ['a private key as base64', `k ${base64(KEY)}`, base64(KEY).slice(40, 60), /^k <redacted/],
  ['a key after a certificate', CERTIFICATE + KEY, 'MHcCAQ', /MIIBeDCC[\s\S]*<redacted/],
  ['a JWT', 'x eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0. y', 'eyJ', /^x <redacted: 36 bytes> y$/],
  [
    'a user in an address',
    'at https://u:p@example.com/x',
    'u:p',
    /^at https:\/\/<redacted: 3 bytes>@example.com\/x$/,
  ],
  ['a token in an address', 'redis://hunter2@example.com', 'hunter2', /@example.com$/],
  ['a header', 'Authorization: Digest a b, c', 'Digest', /^Authorization: <redacted: 13 bytes>$/],
  ['a header of curl', `-H "Authorization: Bearer abcd" x`, 'abcd', /" x$/],
  ['a cookie', 'set-cookie: a=b; c=d\nnext: 1', 'a=b', /\nnext: 1$/],
  ['a bearer', 'sent Bearer abcd.ef', 'abcd', /^sent Bearer <redacted: 7 bytes>$/],
  ['an assignment', 'x password=hunter2, y=1', 'hunter2', /y=1$/],
  ['an assignment in quotes', `x token='a b' y`, 'a b', / y$/],
  ['a field of JSON', '{"a":1,"clientSecret":"a \\" b","c":2}', 'a \\"', /^{"a":1.*"c":2}$/],
  ['a field of JSON in JSON', '{"m":"{\\"password\\":\\"a b\\"}"}', 'a b', /^{"m":/],
  [
    'a parameter',
    'GET /?access_token=abc&x=1',
    'abc',
    /^GET \/\?access_token=<redacted: 7 bytes>$/,
  ],
  ['a list of JSON', '{"tokens":["ab","cd"],"x":1}', 'cd', /,"x":1}$/],
  ['a list of YAML', 'tokens: [ab, cd]', 'cd', /^tokens: </],
  ['a line of YAML', 'a: 1\n  password: hunter two\nb: 2', 'hunter two', /^a: 1\n.*\nb: 2$/],
  [
    'a value on the next line',
    'password:\n  hunter2\nb: 2',
    'hunter2',
    /^password:\n {2}<redacted: 7 bytes>\nb: 2$/,
  ],
  ['a block of YAML', 'a: 1\npassword: |\n  one\n  two\nb: 2', 'two', /^a: 1\n[\s\S]*\nb: 2$/],
  ['a block of YAML at the end', '- token: >-\n    one\n    two', 'two', /^- token: >-\n/],
  [
    'a flag',
    'run --password hunter2 --x 1',
    'hunter2',
    /^run --password <redacted: 7 bytes> --x 1$/,
  ],
  ['hexadecimal', `id ${'0a'.repeat(20)}`, '0a0a', /^id </],
  ['a key at Amazon', 'AKIAIOSFODNN7EXAMPLE', 'AKIA', /^<redacted: 20 bytes>$/],
  ['what no word looks like', 'x 9fK2mQ7vT4xW1zB8nC5dR3 y', '9fK2', /^x <redacted: 22 bytes> y$/],
  [
    'a key after a certificate as base64',
    base64(CERTIFICATE + KEY),
    base64(KEY).slice(8, 30),
    /^<redacted/,
  ],
  ['two signs', 'password==hunter2', 'hunter2', /^password==<redacted: 7 bytes>$/],
  ['a header as base64', base64('Authorization: Bearer x'), 'QXV0', /^<redacted/],
  ['a short assignment as base64', base64('pwd=abcdefg'), 'cHdk', /^<redacted/],
  ['base64 twice', base64(base64('password=hunter2')), 'Y0', /^<redacted/],
]
for (const [what, text, secret, left] of gone)
  t.test(`${what} goes`, async t => {
    const result = redactText(text)
    t.notOk(result.includes(secret), result)
    t.match(result, left)
    t.equal(redactText(result), result, 'once is enough')
  })

const KEPT = [
  CERTIFICATE,
  `caBundle: ${base64(CERTIFICATE)}`,
  base64(CERTIFICATE.replace('MIIB', 'pwd1')),
  base64(`${CERTIFICATE}${CERTIFICATE}`),
  `{"level":30,"time":1732784057000,"msg":"listening","url":"https://0.0.0.0:8443"}`,
  'waits for Deployment gloo-system/gateway-proxy, which does not carry mesh istio-system.istio yet [WaitingForProxy]',
  'image: example.com/gloo@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'uid: 0fb1c1f5-7ae8-4d9c-8a0f-2a0e6d2f8d10',
  'secretName: istio.default\ntokenPath: /var/run/secrets/token',
  '--authority-secret=gloo-istio/gloo-istio-authority',
  '{"hasToken":true,"msg":"x"}\nsecret: {\n}',
  'a_secret_list:\n  - name: server_cert\nb_secret_one:\n  name: x\nc_secret:\nnext',
  '{"secret": {"name": "x"}}',
  'dnsPolicy: ClusterFirstWithHostNet',
  'description: |\n  two\n  lines\nnext: 1',
  'spiffe://cluster.local/ns/default/sa/details',
  base64('hello world!'),
  'gloo_istio_reviews_total{reason="MtlsEnabled"} 3',
]
for (const text of KEPT)
  t.test(`${JSON.stringify(text.slice(0, 30))} stays`, async t => t.equal(redactText(text), text))
