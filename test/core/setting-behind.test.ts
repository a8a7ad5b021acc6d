import { t } from 'tap'
import { settingBehind } from '../../src/core/setting-behind.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, upstream } from '../harness/build.ts'
import { namespace, seen, service } from '../harness/cluster.ts'

const KEY = 'gloo-istio.io/mesh'
const onService = (value: unknown, name = 'details') =>
  service({ name, annotations: { [KEY]: value } })
const byAnnotation = (value: unknown) => namespace('default', {}, { [KEY]: value })
const byLabel = (value: unknown) => namespace('default', { [KEY]: value })
const BY_SERVICE = { where: `annotation ${KEY} of Service default/details`, value: 'a.b' }
const BY_NAMESPACE = { where: `${KEY} of namespace default`, value: 'c.d' }

// what is known | what is set; the order of the lines is the order of the places
const cases: readonly [string, readonly JsonObject[], object | undefined][] = [
  ['on the Service', [onService('a.b'), byAnnotation('c.d')], BY_SERVICE],
  ['on the namespace', [service(), byAnnotation('c.d')], BY_NAMESPACE],
  [
    'on the namespace twice',
    [namespace('default', { [KEY]: 'e.f' }, { [KEY]: 'c.d' })],
    BY_NAMESPACE,
  ],
  ['as label of the namespace', [byLabel('c.d')], BY_NAMESPACE],
  ['to what is no text', [onService(3)], { ...BY_SERVICE, value: 3 }],
  ['to null', [onService(null)], undefined],
  ['on another Service', [onService('a.b', 'other')], undefined],
  ['nowhere', [service(), namespace('default')], undefined],
]
for (const [title, objects, expected] of cases)
  t.test(`a setting ${title} is ${expected ? '' : 'not '}found`, async t =>
    t.strictSame(settingBehind(upstream(), seen(facts(), ...objects), KEY), expected),
  )

t.test('of an unknown cluster, nothing is set', async t =>
  t.equal(settingBehind(upstream(), facts(), KEY), undefined),
)

t.test('of several hosts, the first that says something counts', async t => {
  const hosts = ['other', 'details'].map(name => ({ addr: `${name}.default.svc`, port: 80 }))
  const spec = { static: { hosts } }
  const known = seen(facts(), service({ name: 'other' }), onService('a.b'))
  t.strictSame(settingBehind(upstream({ spec }), known, KEY), BY_SERVICE)
  t.equal(settingBehind(upstream({ spec: {} }), known, KEY), undefined)
})
