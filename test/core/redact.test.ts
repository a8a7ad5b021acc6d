import fc from 'fast-check'
import { t } from 'tap'
import { redactObject } from '../../src/core/redact.ts'
import type { JsonObject } from '../../src/core/types.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

// what | object | as it is told
const cases: readonly (readonly [string, JsonObject, JsonObject])[] = [
  [
    'annotations that are not known go, and the copy that kubectl keeps',
    {
      metadata: {
        annotations: {
          [LAST_APPLIED]: '{"a":1}',
          'example.com/note': 'x',
          'gloo-istio.io/mtls': 'enabled',
          'gloo-istio.io/token': 'x',
          'helm.sh/hook': 'pre-install',
        },
      },
    },
    {
      metadata: {
        annotations: {
          [LAST_APPLIED]: '<redacted: 7 bytes>',
          'example.com/note': '<redacted: 1 bytes>',
          'gloo-istio.io/mtls': 'enabled',
          'gloo-istio.io/token': '<redacted: 1 bytes>',
          'helm.sh/hook': 'pre-install',
        },
      },
    },
  ],
  ['annotations may be none', { annotations: null, env: null }, { annotations: null, env: null }],
  [
    'variables go, unless they are known, or plain',
    {
      env: [
        { name: 'ISTIO_META_MESH_ID', value: 'mesh1' },
        { name: 'DEBUG', value: 'true' },
        { name: 'GREETING', value: 'hello' },
        { name: 'PILOT_TOKEN', value: '1' },
        { name: 'X_TOKEN', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } },
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        'odd',
      ],
    },
    {
      env: [
        { name: 'ISTIO_META_MESH_ID', value: 'mesh1' },
        { name: 'DEBUG', value: 'true' },
        { name: 'GREETING', value: '<redacted: 5 bytes>' },
        { name: 'PILOT_TOKEN', value: '<redacted: 1 bytes>' },
        { name: 'X_TOKEN', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } },
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        'odd',
      ],
    },
  ],
  [
    'fields go by their names, but not what says where a secret is',
    {
      password: 12,
      token: '',
      secrets: [{ name: 'a' }, 'b'],
      isTokenNeeded: true,
      volumes: [{ secret: { secretName: 'a', defaultMode: 420 } }],
    },
    {
      password: '<redacted: 2 bytes>',
      token: '',
      secrets: [{ name: 'a' }, '<redacted: 1 bytes>'],
      isTokenNeeded: true,
      volumes: [{ secret: { secretName: 'a', defaultMode: 420 } }],
    },
  ],
  [
    'a value goes by the name beside it',
    {
      headers: [
        { key: 'Authorization', value: 'x' },
        { key: 'Accept', value: 'x' },
      ],
    },
    {
      headers: [
        { key: 'Authorization', value: '<redacted: 1 bytes>' },
        { key: 'Accept', value: 'x' },
      ],
    },
  ],
  [
    'the word after a flag goes by the flag',
    { args: ['serve', '--password', 'x', '--port', '1', '--token=y', 7], command: 'x' },
    {
      args: [
        'serve',
        '--password',
        '<redacted: 1 bytes>',
        '--port',
        '1',
        '--token=<redacted: 1 bytes>',
        7,
      ],
      command: 'x',
    },
  ],
  [
    'files of a ConfigMap are read, unless they are binary',
    { data: { 'config.yaml': 'a: 1\npassword: x', token: 'y' }, binaryData: { a: 'AAAA' } },
    {
      data: { 'config.yaml': 'a: 1\npassword: <redacted: 1 bytes>', token: '<redacted: 1 bytes>' },
      binaryData: { a: '<redacted: 4 bytes>' },
    },
  ],
  [
    'who wrote which field goes',
    { metadata: { name: 'a', managedFields: [{}] } },
    { metadata: { name: 'a' } },
  ],
]
for (const [what, object, told] of cases)
  t.test(what, async t => t.strictSame(redactObject(object), told))

// A secret is found wherever it is put: by its place, by what stands before it, or by its look.
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.split('')
const marked = fc
  .array(fc.constantFrom(...alphabet), { minLength: 4, maxLength: 40 })
  .map(letters => `zQ9${letters.join('')}`)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const pem = (body: string) => `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`

const lineWith = (secret: string) =>
  fc.constantFrom(
    `level=info password=${secret} done`,
    `{"msg":"x","token":"${secret}"}`,
    `GET /?api_key=${secret}&a=1 200`,
    `> Authorization: Bearer ${secret}`,
    `> authorization: ${secret}`,
    `curl -u x --password ${secret}`,
    `dial postgres://admin:${secret}@db.example.com:5432/x`,
    `dial https://${secret}@example.com`,
    `key ${pem(secret)} end`,
    `key ${JSON.stringify(pem(secret))} end`,
    `session eyJhbGciOiJub25lIn0.${base64(secret)}.${secret}`,
    `blob ${base64(pem(secret))}`,
    `blob ${base64(`password=${secret}`)} end`,
    `blob ${base64(`https://u:${secret}@example.com`)}`,
    `client_secret: |\n  ${secret}\n  ${secret}\nnext: 1`,
  )

const inEitherForm = (secret: string) => fc.constantFrom(secret, base64(secret))

const objectWith = (secret: string): fc.Arbitrary<JsonObject> =>
  fc.oneof(
    fc
      .record({ value: inEitherForm(secret), name: fc.constantFrom('FOO', 'DB_PASSWORD', 'x') })
      .map(variable => ({ spec: { containers: [{ name: 'a', env: [variable] }] } })),
    fc
      .tuple(inEitherForm(secret), fc.constantFrom(LAST_APPLIED, 'example.com/x', 'plain'))
      .map(([value, key]) => ({ metadata: { name: 'a', annotations: { [key]: value } } })),
    lineWith(secret).map(text => ({ metadata: { annotations: { 'helm.sh/x': text } } })),
    lineWith(secret).map(text => ({ data: { 'envoy.yaml': `a: 1\n${text}\n` } })),
    lineWith(secret).map(message => ({ kind: 'Event', message })),
    lineWith(secret).map(text => ({ spec: { containers: [{ args: ['x', text] }] } })),
    inEitherForm(secret).map(value => ({ binaryData: { file: value } })),
    inEitherForm(secret).map(value => ({ spec: { a: [{ clientSecret: value }] } })),
    inEitherForm(secret).map(value => ({ spec: { a: [{ key: 'x-api-key', value }] } })),
    inEitherForm(secret).map(value => ({ spec: { command: ['x', '--token', value, 'y'] } })),
    inEitherForm(secret).map(value => ({ spec: { tokens: [[value]] } })),
  )

t.test('no secret is left in any object, wherever it was put', async t => {
  const input = marked.chain(secret =>
    fc.tuple(fc.constant(secret), objectWith(secret), fc.string(), fc.nat(3)),
  )
  fc.assert(
    fc.property(input, ([secret, holder, around, depth]) => {
      let object: JsonObject = holder
      for (let at = 0; at < depth; at++)
        object = { note: around, inside: at % 2 ? [object] : object }
      const told = JSON.stringify(redactObject(object))
      return !told.includes(secret) && !told.includes(base64(secret).replace(/=+$/, ''))
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 2_000), endOnFailure: true },
  )
  t.pass()
})
