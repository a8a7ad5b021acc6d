import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { CaBundle, type CaBundleOptions } from '../../src/cluster/ca-bundle.ts'
import { items, textAt } from '../../src/core/json.ts'
import { eventually } from '../harness/live.ts'
import { OneObjectApi } from '../stand-ins/one-object-api.ts'

const COLLECTION = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A certificate is a line here: how it is spelled is the business of others. */
const certificatesIn = (text: string) => text.split('\n').filter(Boolean)

const configuration = (version: string, ...bundles: readonly (string | undefined)[]) => ({
  apiVersion: `admissionregistration.k8s.io/${version}`,
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'ours' },
  webhooks: bundles.map((bundle, index) => ({
    name: `${index}.example.com`,
    clientConfig: {
      url: 'https://127.0.0.1/mutate',
      ...(bundle !== undefined && { caBundle: base64(bundle) }),
    },
    failurePolicy: 'Fail',
  })),
})

const portsOf = (api: OneObjectApi): CaBundleOptions['ports'] => ({
  api,
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(Math.min(milliseconds, 10), undefined, { signal }),
  random: () => 1,
  onFailure: () => {},
})

const open = (t: Tap, api: OneObjectApi, more: Partial<CaBundleOptions> = {}) => {
  const said: string[] = []
  const state: { wanted: readonly string[] | undefined } = { wanted: ['A\n'] }
  const bundle = new CaBundle({
    name: 'ours',
    isOurs: true,
    ports: portsOf(api),
    certificatesIn: text => certificatesIn(text).map(line => `${line}\n`),
    wanted: () => state.wanted,
    onChange: () => said.push('changed'),
    onWritten: () => said.push('written'),
    onFailure: (error, seconds) => said.push(`${String(error)}, again in ${seconds}`),
    ...more,
  })
  t.teardown(() => bundle.close())
  bundle.start()
  return { bundle, said, state }
}
type Tap = { readonly teardown: (end: () => unknown) => void }

const bundlesOf = (api: OneObjectApi) =>
  items(api.object?.['webhooks']).map(webhook =>
    Buffer.from(textAt(webhook, 'clientConfig', 'caBundle'), 'base64').toString(),
  )

for (const version of ['v1', 'v1beta1'])
  t.test(
    `the bundle is written where the configuration is ${version}, and nothing else is`,
    async t => {
      const api = new OneObjectApi(COLLECTION.replace('v1', version))
      api.put(configuration(version, 'A\n', undefined, 'B\n'))
      const { bundle } = open(t, api)
      await eventually('in sync', async () => bundle.isInSync)
      t.strictSame(bundlesOf(api), ['A\n', 'A\n', 'A\n'])
      t.match(api.object, { webhooks: [{ failurePolicy: 'Fail' }] })
      const [asked] = api.asked
      t.match(asked, {
        method: 'PATCH',
        query: { fieldManager: 'gloo-istio' },
        contentType: 'application/strategic-merge-patch+json',
      })
      t.strictSame(asked?.body, {
        webhooks: ['1.example.com', '2.example.com'].map(name => ({
          name,
          clientConfig: { caBundle: base64('A\n') },
        })),
      })
      t.strictSame(bundle.published, ['A\n'])
    },
  )

t.test('nothing is known, and nothing written, before the API server is heard', async t => {
  const api = new OneObjectApi(COLLECTION)
  const { bundle } = open(t, api)
  t.equal(bundle.published, undefined)
  t.notOk(bundle.isInstalled)
  await eventually('heard', async () => bundle.published !== undefined)
  t.strictSame(bundle.published, [])
  t.notOk(bundle.isInstalled)
  t.notOk(bundle.isInSync)
})

t.test('a configuration that comes later is seen to, and one that goes is none', async t => {
  const api = new OneObjectApi(COLLECTION)
  const { bundle } = open(t, api)
  await eventually('heard', async () => bundle.published !== undefined)
  api.put(configuration('v1', undefined))
  await eventually('in sync', async () => bundle.isInSync)
  api.remove()
  await eventually('gone', async () => !bundle.isInstalled)
  t.strictSame(bundle.published, [])
})

t.test('whoever blanks it or puts another in its place does not have it so for long', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', 'A\n'))
  const { bundle } = open(t, api)
  await eventually('in sync', async () => bundle.isInSync)
  for (const other of [undefined, '', 'B\n', 'A\nB\n', 'not PEM']) {
    const before = api.asked.length
    api.put(configuration('v1', other))
    await eventually('put right', async () => api.asked.length > before && bundle.isInSync)
    t.strictSame(bundlesOf(api), ['A\n'])
  }
})

t.test('another spelling or order is the same bundle', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', '\n\nB\nA'))
  const { bundle, state } = open(t, api)
  state.wanted = ['A\n', 'B\n']
  await eventually('heard', async () => bundle.published !== undefined)
  t.ok(bundle.isInSync)
  await sleep(50)
  t.strictSame(api.asked, [])
})

t.test('what is published is what all its webhooks trust', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', 'A\nB\n', 'B\nC\n'))
  const { bundle } = open(t, api, { isOurs: false })
  await eventually('heard', async () => bundle.published !== undefined)
  t.strictSame(bundle.published, ['B\n'])
})

t.test('a bundle of somebody else is read and never written', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', 'B\n'))
  const { bundle, said } = open(t, api, { isOurs: false })
  await eventually('heard', async () => bundle.published !== undefined)
  bundle.check()
  await sleep(50)
  t.notOk(bundle.isInSync)
  t.strictSame(api.asked, [])
  t.strictSame(said, ['changed'])
})

t.test('nothing is written until it is known what is wanted', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', undefined))
  const { bundle, state } = open(t, api)
  state.wanted = undefined
  await eventually('heard', async () => bundle.published !== undefined)
  await sleep(50)
  t.strictSame(api.asked, [])
  state.wanted = ['A\n']
  bundle.check()
  bundle.check()
  await eventually('in sync', async () => bundle.isInSync)
  t.equal(api.asked.length, 1)
})

t.test('it tries until it works', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', undefined))
  api.failure = new TypeError('away')
  const { bundle, said } = open(t, api)
  await eventually('several failures', async () => said.length >= 3)
  t.match(said, ['TypeError: away, again in 1', 'TypeError: away, again in 2', /again in 4/])
  api.failure = undefined
  await eventually('in sync', async () => bundle.isInSync)
})

t.test('nothing is written after the end', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', 'A\nB\n'))
  const { bundle, state } = open(t, api)
  state.wanted = ['A\n', 'B\n']
  await eventually('in sync', async () => bundle.isInSync)
  state.wanted = ['A\n']
  bundle.check()
  bundle.close()
  await sleep(50)
  t.strictSame(api.asked, [])
})

t.test('what is missing is added at once, what is too much goes after a moment', async t => {
  const api = new OneObjectApi(COLLECTION)
  api.put(configuration('v1', 'A\n'))
  const slept: number[] = []
  const sleeping: CaBundleOptions['ports']['sleep'] = (milliseconds, signal) => {
    slept.push(milliseconds)
    return sleep(1, undefined, { signal })
  }
  const { bundle, state } = open(t, api, { ports: { ...portsOf(api), sleep: sleeping } })
  await eventually('in sync', async () => bundle.isInSync)
  api.onPatch = () => slept.push(0)
  const changeTo = async (...wanted: readonly string[]) => {
    slept.length = 0
    state.wanted = wanted
    bundle.check()
    await eventually('in sync', async () => bundle.isInSync)
    return slept.filter(milliseconds => milliseconds <= 250)
  }
  t.equal((await changeTo('A\n', 'B\n'))[0], 0)
  t.strictSame((await changeTo('B\n')).slice(0, 2), [250, 0])
})
