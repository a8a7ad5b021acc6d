import { t } from 'tap'
import type { Patch } from '../../src/core/patch.ts'
import { patchedFields } from '../../src/core/patched-fields.ts'

const OBJECT = { metadata: { annotations: { 'gloo-istio.io/mtls': 'enabled', x: '1' } } }

const cases: readonly [string, Patch, readonly string[]][] = [
  [
    'the first annotations, all at once',
    [{ op: 'add', path: '/metadata/annotations', value: { 'a.io/b': '1', c: '2' } }],
    ['annotation a.io/b', 'annotation c'],
  ],
  [
    'the last annotations, all at once',
    [{ op: 'remove', path: '/metadata/annotations' }],
    ['annotation gloo-istio.io/mtls', 'annotation x'],
  ],
  [
    'one annotation, its name unescaped',
    [{ op: 'remove', path: '/metadata/annotations/gloo-istio.io~1mtls~0x' }],
    ['annotation gloo-istio.io/mtls~x'],
  ],
  [
    'fields by their path, each once',
    [
      { op: 'add', path: '/spec/sslConfig', value: {} },
      { op: 'replace', path: '/spec/sslConfig', value: {} },
      { op: 'replace', path: '/spec/a~1b/0', value: 1 },
    ],
    ['spec.sslConfig', 'spec.a/b.0'],
  ],
]
for (const [title, patch, fields] of cases)
  t.test(title, async t => t.strictSame(patchedFields(OBJECT, patch), fields))

t.test('annotations of an object without any name nothing', async t =>
  t.strictSame(patchedFields({}, [{ op: 'remove', path: '/metadata/annotations' }]), []),
)
