import { t } from 'tap'
import { annotationOf, MTLS_ANNOTATION, ownAnnotations } from '../../src/core/annotations.ts'
import type { JsonObject } from '../../src/core/types.ts'

const cases: readonly [string, JsonObject | undefined, unknown][] = [
  ['no object', undefined, undefined],
  ['no metadata', {}, undefined],
  ['null annotations', { metadata: { annotations: null } }, undefined],
  ['another annotation', { metadata: { annotations: { other: 'x' } } }, undefined],
  ['null', { metadata: { annotations: { [MTLS_ANNOTATION]: null } } }, undefined],
  ['a value', { metadata: { annotations: { [MTLS_ANNOTATION]: 'enabled' } } }, 'enabled'],
  ['what is no text', { metadata: { annotations: { [MTLS_ANNOTATION]: true } } }, true],
]
for (const [title, object, expected] of cases)
  t.test(`annotation: ${title}`, async t =>
    t.equal(annotationOf(object, MTLS_ANNOTATION), expected),
  )

t.test('annotations of ours are told from all others', async t => {
  const annotations = { [MTLS_ANNOTATION]: 'enabled', 'gloo.solo.io/x': '1', other: '2' }
  t.strictSame(ownAnnotations({ metadata: { annotations } }), { [MTLS_ANNOTATION]: 'enabled' })
  t.strictSame(ownAnnotations({ metadata: { annotations: 'x' } }), {})
  t.strictSame(ownAnnotations(undefined), {})
})
