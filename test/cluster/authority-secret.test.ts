import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { AuthoritySecret } from '../../src/cluster/authority-secret.ts'
import { eventually } from '../harness/live.ts'
import { OneObjectApi } from '../stand-ins/one-object-api.ts'

const PATH = '/api/v1/namespaces/gloo-istio/secrets'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const EMPTY = { version: '', data: {}, rotateBefore: 0 }

const open = (t: Tap, api: OneObjectApi) => {
  const heard: number[] = []
  const secret = new AuthoritySecret({
    namespace: 'gloo-istio',
    name: 'authority',
    keys: ['ours', 'also-ours'],
    ports: {
      api,
      now: () => performance.now(),
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
      random: () => 0,
      onFailure: () => {},
    },
    onChange: () => heard.push(heard.length),
  })
  t.teardown(() => secret.close())
  return { secret, heard }
}
type Tap = { readonly teardown: (end: () => unknown) => void }

const started = async (t: Tap, api: OneObjectApi) => {
  const opened = open(t, api)
  opened.secret.start()
  await eventually('heard', async () => opened.secret.stored() !== undefined)
  return opened.secret
}

const secretWith = (data: Record<string, string>, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'gloo-istio', name: 'authority', labels: { of: 'helm' }, annotations },
  data,
})

t.test('nothing is known before the API server is heard', async t => {
  const { secret } = open(t, new OneObjectApi(PATH))
  t.equal(secret.stored(), undefined)
})

t.test('what is not there is made', async t => {
  const api = new OneObjectApi(PATH)
  const secret = await started(t, api)
  t.strictSame(secret.stored(), EMPTY)
  t.ok(await secret.write({ ours: 'text' }, EMPTY))
  t.match(api.object, {
    kind: 'Secret',
    type: 'Opaque',
    metadata: { namespace: 'gloo-istio', name: 'authority' },
    data: { ours: base64('text') },
  })
  t.match(secret.stored(), { version: '101', data: { ours: 'text' } })
})

t.test('what is there is replaced, but for what somebody else keeps in it', async t => {
  const api = new OneObjectApi(PATH)
  api.put(secretWith({ 'also-ours': base64('old'), theirs: base64('kept') }))
  const secret = await started(t, api)
  t.ok(await secret.write({ ours: 'new' }, secret.stored() ?? EMPTY))
  t.match(api.asked, [{ method: 'PUT', path: `${PATH}/authority` }])
  t.match(api.object, { metadata: { labels: { of: 'helm' } } })
  t.strictSame(api.object?.['data'], { theirs: base64('kept'), ours: base64('new') })
})

t.test('who was slower hears what is there now', async t => {
  const api = new OneObjectApi(PATH)
  const [one, other] = [await started(t, api), await started(t, api)]
  api.isSilent = true
  t.ok(await one.write({ ours: 'one' }, EMPTY))
  t.notOk(await other.write({ ours: 'other' }, EMPTY))
  t.match(other.stored(), { data: { ours: 'one' } })
  const before = one.stored() ?? EMPTY
  t.ok(await other.write({ ours: 'two' }, other.stored() ?? EMPTY))
  t.notOk(await one.write({ ours: 'three' }, before))
  t.match(one.stored(), { data: { ours: 'two' } })
})

t.test('a write over a version that is known to be old is not even asked for', async t => {
  const api = new OneObjectApi(PATH)
  api.put(secretWith({}))
  const secret = await started(t, api)
  t.notOk(await secret.write({ ours: 'x' }, { ...EMPTY, version: '7' }))
  t.strictSame(api.asked, [])
})

t.test('what was deleted meanwhile is told as not there', async t => {
  const api = new OneObjectApi(PATH)
  api.put(secretWith({}))
  const secret = await started(t, api)
  api.isSilent = true
  api.remove()
  t.notOk(await secret.write({ ours: 'x' }, secret.stored() ?? EMPTY))
  t.strictSame(secret.stored(), EMPTY)
})

t.test('other failures are the writer’s to know', async t => {
  const api = new OneObjectApi(PATH)
  const secret = await started(t, api)
  api.failure = new Error('away')
  await t.rejects(secret.write({ ours: 'x' }, EMPTY), /away/)
})

t.test('changes of others are heard, and when an authority is to go', async t => {
  const api = new OneObjectApi(PATH)
  const secret = await started(t, api)
  const moment = '2026-02-03T04:05:06Z'
  api.put(secretWith({ ours: base64('x') }, { 'gloo-istio.io/rotate-before': moment }))
  await eventually('told', async () => secret.stored()?.rotateBefore === Date.parse(moment))
  api.put(secretWith({}, { 'gloo-istio.io/rotate-before': 'soon' }))
  await eventually('told', async () => secret.stored()?.rotateBefore === 0)
  api.remove()
  await eventually('gone', async () => secret.stored()?.version === '')
})
