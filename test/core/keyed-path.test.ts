import { t } from 'tap'
import {
  missingOnTheWay,
  parsePath,
  valueAt,
  withoutValueAt,
  withValueAt,
} from '../../src/core/keyed-path.ts'

const POD = {
  hostNetwork: true,
  securityContext: { fsGroup: 1 },
  nothing: null,
  containers: [
    { name: 'other', env: [{ name: 'POD_NAME', value: 'not this' }] },
    'no container',
    {
      name: 'sds',
      env: [
        { name: 'POD_NAME', value: 'x' },
        { name: 'A.B', value: 'y' },
      ],
      volumeMounts: [{ name: 'v', mountPath: '/etc/a.b' }],
    },
  ],
}

const paths: readonly [string, readonly object[]][] = [
  ['hostNetwork', [{ field: 'hostNetwork' }]],
  ['securityContext.fsGroup', [{ field: 'securityContext' }, { field: 'fsGroup' }]],
  ['volumes[a-b]', [{ field: 'volumes', item: 'a-b' }]],
  [
    'containers[gw].volumeMounts[/etc/a.b/c]',
    [
      { field: 'containers', item: 'gw' },
      { field: 'volumeMounts', item: '/etc/a.b/c' },
    ],
  ],
  ['a[].b', [{ field: 'a', item: '' }, { field: 'b' }]],
  ['', []],
]
for (const [path, expected] of paths)
  t.test(`${JSON.stringify(path)} is read step by step`, async t =>
    t.strictSame(parsePath(path), expected),
  )

const values: readonly [string, unknown][] = [
  ['hostNetwork', true],
  ['securityContext.fsGroup', 1],
  ['containers[sds].env[POD_NAME].value', 'x'],
  ['containers[sds].env[A.B].value', 'y'],
  ['containers[sds].volumeMounts[/etc/a.b].name', 'v'],
  ['containers[sds].volumeMounts[v]', undefined],
  ['containers[none]', undefined],
  ['containers[none].env[POD_NAME]', undefined],
  ['volumes[v]', undefined],
  ['hostNetwork[x]', undefined],
  ['hostNetwork.x', undefined],
  ['nothing.x', undefined],
  ['constructor', undefined],
]
for (const [path, expected] of values)
  t.test(`${path} finds ${JSON.stringify(expected)}`, async t =>
    t.equal(valueAt(POD, path), expected),
  )

// path | what it says afterwards, and where an item stands in its list
const writes: readonly [string, string, unknown][] = [
  ['a new field', 'dnsPolicy', 'Default'],
  ['a field that is there', 'securityContext.fsGroup', 2],
  ['a field of an object that is not there', 'affinity.nodeAffinity', {}],
  ['an item that is there', 'containers[sds].env[POD_NAME]', { name: 'POD_NAME', value: 'z' }],
  ['a new item', 'containers[sds].env[NEW]', { name: 'NEW', value: 'z' }],
  ['an item of a list that is not there', 'volumes[v]', { name: 'v', emptyDir: {} }],
  ['an item of a list in an item', 'containers[other].volumeMounts[/x]', { mountPath: '/x' }],
  ['an item where there is no list', 'hostNetwork[x]', { name: 'x' }],
  ['a field below null', 'nothing.x', 1],
]
for (const [title, path, value] of writes)
  t.test(`${title} is written, and the original is not`, async t => {
    const before = structuredClone(POD)
    const after = withValueAt(POD, path, value)
    t.strictSame(valueAt(after, path), value)
    t.strictSame(POD, before)
    t.strictSame(withValueAt(after, path, value), after, 'a second time changes nothing')
  })

t.test('items stay where they are, and new ones go last', async t => {
  const env = (pod: unknown) => valueAt(pod, 'containers[sds].env') as { name: string }[]
  const names = (pod: unknown) => env(pod).map(({ name }) => name)
  t.strictSame(names(withValueAt(POD, 'containers[sds].env[POD_NAME]', { name: 'POD_NAME' })), [
    'POD_NAME',
    'A.B',
  ])
  t.strictSame(names(withValueAt(POD, 'containers[sds].env[N]', { name: 'N' })), [
    'POD_NAME',
    'A.B',
    'N',
  ])
  const containers = withValueAt(POD, 'containers[sds].x', 1)['containers'] as unknown[]
  t.equal(containers[0], POD.containers[0], 'what is not on the way is not even copied')
  t.equal(containers[1], 'no container')
})

for (const path of [
  'hostNetwork',
  'securityContext.fsGroup',
  'containers[sds]',
  'containers[sds].env[POD_NAME]',
  'containers[sds].env[POD_NAME].value',
  'containers[sds].volumeMounts[/etc/a.b]',
])
  t.test(`${path} is taken out, and put back where there is no order`, async t => {
    const before = structuredClone(POD)
    const value = valueAt(POD, path)
    const after = withoutValueAt(POD, path)
    t.equal(valueAt(after, path), undefined)
    t.strictSame(POD, before)
    t.strictSame(valueAt(withValueAt(after, path, value), path), value)
  })

t.test('the list or object that something stood in stays, even when empty', async t => {
  t.strictSame(withoutValueAt(POD, 'securityContext.fsGroup')['securityContext'], {})
  const after = withoutValueAt(POD, 'containers[sds].volumeMounts[/etc/a.b]')
  t.strictSame(valueAt(after, 'containers[sds].volumeMounts'), [])
})

for (const path of ['a', 'a.b', 'volumes[v]', 'containers[sds].ports[x]', 'hostNetwork[x]', ''])
  t.test(`${JSON.stringify(path)} is not there to be taken out`, async t =>
    t.strictSame(withoutValueAt(POD, path), POD),
  )

t.test('of what is no object, an object is made', async t => {
  t.strictSame(withValueAt(undefined, 'a.b', 1), { a: { b: 1 } })
  t.strictSame(withValueAt('text', '', 1), {})
  t.strictSame(withValueAt(POD, '', 1), POD, 'nothing stands at no path')
  t.strictSame(withoutValueAt('text', 'a'), {})
})

// object | path | what must be made to put something there
const missing: readonly [unknown, string, readonly string[]][] = [
  [POD, 'securityContext.fsGroup', []],
  [POD, 'securityContext.runAsUser', []],
  [POD, 'containers[sds].env[NEW]', []],
  [POD, 'containers[new]', []],
  [POD, 'dnsPolicy', []],
  [POD, 'volumes[v]', ['volumes']],
  [POD, 'containers[other].volumeMounts[/x]', ['containers[other].volumeMounts']],
  [{}, 'securityContext.fsGroup', ['securityContext']],
  [{ volumes: null }, 'volumes[v]', ['volumes']],
  [{}, 'a.b.c', ['a', 'a.b']],
  [{}, 'a.b[c]', ['a', 'a.b']],
  [undefined, 'a.b', ['a']],
]
for (const [object, path, expected] of missing)
  t.test(`on the way to ${path}, ${expected.join(' and ') || 'nothing'} is missing`, async t =>
    t.strictSame(missingOnTheWay(object, path), expected),
  )
