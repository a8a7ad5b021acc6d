import { t } from 'tap'
import { MAX_DEPTH, parseReview } from '../../src/core/parse.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { reviewOf, upstream } from '../harness/build.ts'

const review = (more: JsonObject = {}) => JSON.stringify(reviewOf(upstream(), more))
const without = (name: string) => review({ [name]: undefined })
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

t.test('a review is narrowed to what decisions look at', async t => {
  for (const version of ['v1', 'v1beta1']) {
    const parsed = parseReview(JSON.stringify(reviewOf(upstream(), { dryRun: true }, version)))
    t.equal(parsed.apiVersion, `admission.k8s.io/${version}`)
    t.match(parsed.request, { uid: 'a3e1', operation: 'CREATE', dryRun: true, subResource: '' })
    t.strictSame(parsed.request.object, upstream())
  }
})

t.test('an object of the core group has no group in its apiVersion', async t => {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }
  t.strictSame(parseReview(JSON.stringify(reviewOf(configMap))).request.object, configMap)
})

t.test('an update carries what was there before', async t => {
  const { request } = parseReview(review({ operation: 'UPDATE', oldObject: upstream() }))
  t.strictSame(request.oldObject, upstream())
})

t.test('DELETE and CONNECT pass with any kind and no object', async t => {
  for (const operation of ['DELETE', 'CONNECT']) {
    const kind = { group: '', version: 'v1', kind: 'Pod' }
    const { request } = parseReview(review({ operation, kind, object: null }))
    t.equal(request.object, undefined)
  }
})

t.test('what the API server may leave out is found elsewhere, or empty', async t => {
  const more = { name: undefined, namespace: undefined, dryRun: undefined, oldObject: undefined }
  const parsed = parseReview(review(more)).request
  t.match(parsed, { name: 'default-details-9080', namespace: '', dryRun: false })
  const unnamed = { ...more, object: upstream({ metadata: { generateName: 'a-' } }) }
  t.equal(parseReview(review(unnamed)).request.name, '')
})

t.test('brackets inside text do not count as depth', async t => {
  const text = `\\"${'['.repeat(2 * MAX_DEPTH)}`
  t.ok(parseReview(JSON.stringify(reviewOf(upstream({ status: { text } })))))
})

const NOT_JSON = 'GLOO_ISTIO_ERR_NOT_JSON'
const NOT_REVIEW = 'GLOO_ISTIO_ERR_NOT_ADMISSION_REVIEW'
const INVALID = 'GLOO_ISTIO_ERR_INVALID_FIELD'
const KIND = 'GLOO_ISTIO_ERR_UNEXPECTED_KIND'
const DEEP = 'GLOO_ISTIO_ERR_TOO_DEEP'
const cases: readonly [string, string, string, RegExp][] = [
  ['an empty body', '', NOT_JSON, /it is empty/],
  ['a body that ends too early', '{"a":', NOT_JSON, /it ends too early/],
  ['a body with a slip', '{a}', NOT_JSON, /at position 1/],
  ['a body that is prose', 'secret words', NOT_JSON, /syntax error/],
  ['a number', '3', NOT_REVIEW, /^kind is missing/],
  ['an array', '[]', NOT_REVIEW, /^kind is missing/],
  ['null', 'null', NOT_REVIEW, /^kind is missing/],
  ['another kind', '{"kind":"Pod"}', NOT_REVIEW, /^kind is "Pod"/],
  [
    'another version',
    '{"kind":"AdmissionReview","apiVersion":"v2"}',
    NOT_REVIEW,
    /^apiVersion is "v2"/,
  ],
  [
    'no request',
    '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
    INVALID,
    /^request is missing/,
  ],
  ['no uid', without('uid'), INVALID, /^request.uid is missing: expected a non-empty string$/],
  ['an empty uid', review({ uid: '' }), INVALID, /^request.uid is ""/],
  [
    'no operation',
    without('operation'),
    INVALID,
    /^request.operation is missing: expected CREATE, UPDATE/,
  ],
  ['another operation', review({ operation: 'PATCH' }), INVALID, /^request.operation is "PATCH"/],
  ['no kind', without('kind'), INVALID, /^request.kind is missing/],
  [
    'another kind on the path',
    review({ kind: { group: '', version: 'v1', kind: 'Pod' } }),
    KIND,
    /limit "rules"/,
  ],
  ['a kind of nothing', review({ kind: {} }), KIND, /^request.kind is "\/ "/],
  ['no object', without('object'), INVALID, /^request.object is missing/],
  ['an array as object', review({ object: [] }), INVALID, /^request.object is an array/],
  [
    'an object of another kind',
    review({ object: upstream({ kind: 'Pod' }) }),
    INVALID,
    /^request.object.kind is "Pod"/,
  ],
  [
    'an object of another version',
    review({ object: upstream({ apiVersion: {} }) }),
    INVALID,
    /apiVersion is an object/,
  ],
  ['an old object that is none', review({ oldObject: 'x' }), INVALID, /^request.oldObject is "x"/],
  ['a body nested too deep', nested(MAX_DEPTH + 1), DEEP, /deeper than 500 levels/],
  [
    'a text that never ends, after many brackets',
    `["${'['.repeat(MAX_DEPTH + 1)}`,
    'GLOO_ISTIO_ERR_NOT_JSON',
    /./,
  ],
  ['a body nested without end', '{"a":'.repeat(100_000), DEEP, /deeper than 500 levels/],
  ['text without end', '"\\', NOT_JSON, /./],
]
for (const [title, body, code, message] of cases)
  t.test(`refused: ${title}`, async t => {
    t.throws(() => parseReview(body), { code, message, statusCode: 400 })
  })

t.test('nesting up to the limit is fine', async t => {
  t.throws(() => parseReview(nested(MAX_DEPTH)), { code: NOT_REVIEW })
})

t.test('no error quotes the object: it may hold a secret', async t => {
  for (const body of ['{"kind": hunter2', review({ object: ['hunter2'] }), 'hunter2']) {
    const said = { text: '' }
    try {
      parseReview(body)
    } catch (error) {
      said.text = String(error)
    }
    t.match(said.text, 'ReviewError')
    t.notMatch(said.text, 'hunter2')
  }
})

t.test('a request bears the time at which it came, and its user', async t => {
  const more = { userInfo: { username: 'jane' } }
  const { request } = parseReview(review(more), '2026-01-01T00:00:00Z')
  t.match(request, { time: '2026-01-01T00:00:00Z', user: 'jane' })
  t.match(parseReview(review()).request, { time: '', user: '' })
})

t.test('brackets in texts open nothing, whatever is escaped there', async t => {
  const text = `${'\\'}"${'[{'.repeat(MAX_DEPTH)}${'\\'}`
  const annotations = { 'example.com/text': text, 'example.com/more': text }
  const parsed = parseReview(JSON.stringify(reviewOf(upstream({}, annotations))))
  t.match(parsed.request.object, { metadata: { annotations } })
})
