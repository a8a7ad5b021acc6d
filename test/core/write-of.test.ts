import { t } from 'tap'
import { nameOfObject, writeOf } from '../../src/core/write-of.ts'
import { upstream } from '../harness/build.ts'
import { namespace } from '../harness/cluster.ts'

t.test(
  'an object as it stands is written by a request of its kind, namespace and name',
  async t => {
    const object = upstream()
    t.strictSame(writeOf(object), {
      uid: '',
      kind: { group: 'gloo.solo.io', version: 'v1', kind: 'Upstream' },
      subResource: '',
      namespace: 'gloo-system',
      name: 'default-details-9080',
      operation: 'CREATE',
      dryRun: true,
      user: '',
      time: '',
      object,
      oldObject: undefined,
    })
  },
)

t.test('an object of the core group has no group', async t =>
  t.match(writeOf(namespace('a')).kind, { group: '', version: 'v1', kind: 'Namespace' }),
)

t.test('what is told of the request goes first', async t => {
  const write = writeOf(upstream(), { operation: 'UPDATE', time: '2026-01-01T00:00:00Z' })
  t.match(write, { operation: 'UPDATE', time: '2026-01-01T00:00:00Z', name: /^default-/ })
})

t.test('an object is named as far as it has a name', async t => {
  t.equal(nameOfObject(upstream()), 'Upstream gloo-system/default-details-9080')
  t.equal(nameOfObject(namespace('a')), 'Namespace a')
  t.equal(nameOfObject({}), ' ')
})
