import { t } from 'tap'
import { canonical, fingerprint, hashOf, isSame } from '../../src/core/fingerprint.ts'

// Test vectors of FNV-1a in 32 bits, as its authors publish them.
const vectors: readonly [string, string][] = [
  ['', '811c9dc5'],
  ['a', 'e40c292c'],
  ['b', 'e70c2de5'],
  ['foobar', 'bf9cf968'],
]
for (const [text, expected] of vectors)
  t.test(`the hash of ${JSON.stringify(text)} is that of FNV-1a`, async t =>
    t.equal(hashOf(text), expected),
  )

t.test('a hash has eight digits, zeros in front too', async t => {
  const hashes = Array.from({ length: 500 }, (_, n) => hashOf(`team-${n * n}.istio`))
  t.strictSame(
    hashes.filter(hash => !/^[0-9a-f]{8}$/.test(hash)),
    [],
  )
  t.ok(
    hashes.some(hash => hash.startsWith('0')),
    'one of them has some',
  )
  t.equal(new Set(hashes).size, 500)
})

// what we write | what the API server keeps of it, or somebody else writes
const same: readonly [string, unknown, unknown][] = [
  ['order of fields', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['fields that are null', { a: 1 }, { a: 1, b: null }],
  [
    'the mode of a Secret',
    { secret: { secretName: 's' } },
    { secret: { secretName: 's', defaultMode: 420 } },
  ],
  [
    'a field reference',
    { fieldPath: 'status.podIP' },
    { fieldPath: 'status.podIP', apiVersion: 'v1' },
  ],
  ['the protocol of a port', { containerPort: 8234 }, { containerPort: 8234, protocol: 'TCP' }],
  ['no type of a hostPath', { path: '/var/run/sds' }, { path: '/var/run/sds', type: '' }],
  [
    'what else a container gets',
    { name: 'sds', image: 'sds:1.17.0' },
    {
      name: 'sds',
      image: 'sds:1.17.0',
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    },
  ],
  [
    'what a probe gets',
    { httpGet: { path: '/', port: 1 } },
    {
      httpGet: { path: '/', port: 1, scheme: 'HTTP' },
      failureThreshold: 3,
      periodSeconds: 10,
      successThreshold: 1,
      timeoutSeconds: 1,
    },
  ],
  ['defaults inside lists', [{ a: 1 }], [{ a: 1, protocol: 'TCP', b: null }]],
  ['no value at all', undefined, null],
]
for (const [title, one, other] of same)
  t.test(`${title} makes no difference`, async t => {
    t.ok(isSame(one, other))
    t.equal(fingerprint(one), fingerprint(other))
  })

const different: readonly [string, unknown, unknown][] = [
  ['a value', { a: 1 }, { a: 2 }],
  ['the type of a value', { a: 1 }, { a: '1' }],
  ['another mode than the default', { defaultMode: 420 }, { defaultMode: 256 }],
  ['a type of a hostPath', { path: '/x', type: '' }, { path: '/x', type: 'Socket' }],
  ['an API version that is no default', { apiVersion: 'v1' }, { apiVersion: 'v2' }],
  ['the order of a list', [1, 2], [2, 1]],
  ['a null in a list', [1], [1, null]],
  ['an empty object', {}, { a: {} }],
  ['false', {}, { readOnly: false }],
  ['zero', {}, { a: 0 }],
  ['the empty text', {}, { a: '' }],
  ['a list where there was an object', {}, []],
  ['a key by the name of an inherited one', {}, { constructor: 'x' }],
]
for (const [title, one, other] of different)
  t.test(`${title} makes a difference`, async t => {
    t.notOk(isSame(one, other))
    t.not(fingerprint(one), fingerprint(other))
  })

t.test('the text of a value is JSON, and names that are inherited are names', async t => {
  const value = JSON.parse('{"toString": 1, "__proto__": {"b": 1, "a": 2}, "a": [{"c": "x"}]}')
  t.strictSame(JSON.parse(canonical(value)), value)
  t.equal(canonical(undefined), 'null')
  t.equal(canonical('text'), '"text"')
})

t.test('a fingerprint never changes: what was injected must be recognised', async t => {
  t.equal(fingerprint({ name: 'a', secret: { secretName: 's', optional: true } }), '34bb4b63')
})

t.test(
  'a field that old Kubernetes drops makes no difference, another value of it does',
  async t => {
    const withProfile = (type: string) => ({ runAsUser: 1, seccompProfile: { type } })
    t.ok(isSame(withProfile('RuntimeDefault'), { runAsUser: 1 }))
    t.notOk(isSame(withProfile('Unconfined'), { runAsUser: 1 }))
  },
)
