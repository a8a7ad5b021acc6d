import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { t } from 'tap'
import { ApiClient } from '../../src/cluster/api.ts'
import { connect } from '../../src/cluster/client.ts'
import { isStatusOnly } from '../../src/core/patch.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { manifest, must } from '../demo/stage.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'
import { startRecordingWebhook } from '../stand-ins/recording-webhook.ts'
import { template } from './chart.ts'

const skip = skipUnless('helm', 'kubernetes', 'kubectl')

type Metadata = Readonly<Record<string, unknown>>
const metadataOf = (object: JsonObject) => object['metadata'] as Metadata
const withMetadata = (object: JsonObject, change: Metadata): JsonObject => ({
  ...object,
  metadata: { ...metadataOf(object), ...change },
})

/** Of Gloo, so that labels select it, too. */
const gloo = (name: string): Metadata => ({
  namespace: 'gloo-system',
  name,
  labels: { gloo: 'gateway-proxy' },
  annotations: { 'example.com/note': 'first' },
})

const podTemplate = (image: string) => ({
  metadata: { labels: { gloo: 'gateway-proxy' } },
  spec: { containers: [{ name: 'gateway-proxy', image }] },
})

const workload = (kind: string): JsonObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: gloo('gateway-proxy'),
  spec: {
    selector: { matchLabels: { gloo: 'gateway-proxy' } },
    template: podTemplate('example.com/envoy:1'),
  },
})

const upstream: JsonObject = {
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Upstream',
  metadata: gloo('first'),
  spec: { kube: { serviceName: 'reviews', servicePort: 9080, selector: null } },
  status: { state: 'Pending' },
}

const configMap: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: gloo('bootstrap'),
  data: { 'envoy.yaml': 'static_resources: {}' },
}

const UPSTREAMS = '/apis/gloo.solo.io/v1/namespaces/gloo-system/upstreams'
const collections: readonly (readonly [string, JsonObject])[] = [
  [UPSTREAMS, upstream],
  ['/apis/apps/v1/namespaces/gloo-system/deployments', workload('Deployment')],
  ['/apis/apps/v1/namespaces/gloo-system/daemonsets', workload('DaemonSet')],
  ['/api/v1/namespaces/gloo-system/configmaps', configMap],
]

type Change = (object: JsonObject) => JsonObject

/** Changes that any object can have, and whether the webhook is to hear of them. */
const metadataChanges: readonly (readonly [string, Change, boolean])[] = [
  ['nothing', object => object, false],
  ['a finalizer', object => withMetadata(object, { finalizers: ['example.com/wait'] }), false],
  ['no finalizer', object => withMetadata(object, { finalizers: [] }), false],
  [
    'an annotation',
    object => withMetadata(object, { annotations: { 'gloo-istio.io/mtls': 'enabled' } }),
    true,
  ],
  ['no annotation', object => withMetadata(object, { annotations: {} }), true],
  [
    'a label',
    object => withMetadata(object, { labels: { gloo: 'gateway-proxy', team: 'a' } }),
    true,
  ],
]

const changes: Readonly<Record<string, readonly (readonly [string, Change, boolean])[]>> = {
  Upstream: [
    ['null for annotations', object => withMetadata(object, { annotations: null }), false],
    ['a status', object => ({ ...object, status: { state: 'Accepted' } }), false],
    ['no status', ({ status: _status, ...object }) => object, false],
    ['a status again', object => ({ ...object, status: { statuses: { a: { state: 1 } } } }), false],
    ['a spec', object => ({ ...object, spec: { static: { hosts: [{ addr: 'a' }] } } }), true],
    ['no spec', ({ spec: _spec, ...object }) => object, true],
    ['a null', object => ({ ...object, spec: { sslConfig: null } }), true],
    ['no null', object => ({ ...object, spec: {} }), true],
    ['a field that Gloo does not know', object => ({ ...object, extra: [1] }), true],
    ['that field otherwise', object => ({ ...object, extra: { a: 1 } }), true],
    ['that field no more', ({ extra: _extra, ...object }) => object, true],
    [
      'spec and status',
      object => ({ ...object, spec: { kube: {} }, status: { state: 'Pending' } }),
      true,
    ],
  ],
  Deployment: [
    [
      'an image',
      object => ({
        ...object,
        spec: { ...Object(object['spec']), template: podTemplate('example.com/envoy:2') },
      }),
      true,
    ],
    ['replicas', object => ({ ...object, spec: { ...Object(object['spec']), replicas: 3 } }), true],
  ],
  DaemonSet: [
    [
      'an image',
      object => ({
        ...object,
        spec: { ...Object(object['spec']), template: podTemplate('example.com/envoy:2') },
      }),
      true,
    ],
  ],
  ConfigMap: [
    ['data', object => ({ ...object, data: { 'envoy.yaml': 'admin: {}' } }), true],
    ['binary data', object => ({ ...object, binaryData: { a: 'AAEC' } }), true],
    ['no data', ({ data: _data, ...object }) => object, true],
    ['that it is fixed', object => ({ ...object, immutable: true }), true],
  ],
}

/** Few enough values that two in a row are often the same. */
const few = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const json = fc.oneof(
  few<unknown>(null, 0, 1, 1.5, -0.5, 'a', '', true, {}, [], { a: 1 }, { a: null }, [
    [1],
    { a: 'é' },
  ]),
  fc.jsonValue({ maxDepth: 3 }),
)
const maybe = fc.option(json, { nil: undefined, freq: 3 })
const texts = few<unknown>(undefined, {}, { a: '1' }, { a: '1', b: '' }, { a: '2' })
const finalizers = few<unknown>(undefined, [], ['example.com/wait'])
const change = fc.oneof(
  json.map(
    (spec): Change =>
      object => ({ ...object, spec }),
  ),
  json.map(
    (status): Change =>
      object => ({ ...object, status }),
  ),
  maybe.map(
    (extra): Change =>
      object => ({ ...object, extra }),
  ),
  texts.map(
    (labels): Change =>
      object =>
        withMetadata(object, { labels }),
  ),
  texts.map(
    (annotations): Change =>
      object =>
        withMetadata(object, { annotations }),
  ),
  finalizers.map(
    (finalizers): Change =>
      object =>
        withMetadata(object, { finalizers }),
  ),
)
const writes = fc.array(change, { minLength: 1, maxLength: 2 })

if (skip) {
  t.test('what the API server sorts out itself', { skip }, async () => {})
} else {
  const dir = t.testdir()
  const controlPlane = await startControlPlane({ dir: `${dir}/control-plane` })
  t.teardown(() => controlPlane.stop())
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  await kubectl('create', 'namespace', 'gloo-system')
  await kubectl('apply', '-f', manifest('upstream-crd'))
  const webhook = await startRecordingWebhook()
  t.teardown(() => webhook.stop())

  /** Our registration, with and without conditions. Fail, so that a condition that fails is seen. */
  const register = async (path: string, isEnabled: boolean) => {
    const { stdout } = await template({
      set: [
        `fullnameOverride=${path}`,
        `webhook.url=${webhook.url}/${path}/mutate`,
        `webhook.caBundle=${webhook.caBundle}`,
        `webhook.matchConditions.enabled=${isEnabled}`,
        'webhook.failurePolicy=Fail',
      ],
      only: 'templates/mutating-webhook.yaml',
    })
    const file = `${dir}/${path}.yaml`
    writeFileSync(file, stdout)
    await kubectl('create', '-f', file)
  }
  await register('all', false)
  await register('sorted', true)

  const apiAs = async (user: string) => {
    const name = user.replaceAll(':', '.')
    await kubectl(
      'create',
      'clusterrolebinding',
      name,
      '--clusterrole=cluster-admin',
      `--user=${user}`,
    )
    const config = connect(controlPlane.kubeconfig)
    const users = config.users.map(one => ({ ...one, impersonateUser: user }))
    const { clusters, contexts, currentContext } = config
    config.loadFromOptions({ clusters, contexts, currentContext, users })
    return new ApiClient(config)
  }
  const admin = new ApiClient(connect(controlPlane.kubeconfig))
  const own = await apiAs('system:serviceaccount:mesh:sorted')
  const discovery = await apiAs('system:serviceaccount:gloo-system:discovery')
  t.teardown(() => {
    for (const api of [admin, own, discovery]) api.close()
  })

  const create = (path: string, body: JsonObject, api = admin) =>
    api.request({ method: 'POST', path, body })
  const replace = (path: string, body: JsonObject, api = admin) =>
    api.request({ method: 'PUT', path: `${path}/${String(metadataOf(body)['name'])}`, body })

  /**
   * What came of the last write: what is sent without conditions, and whether they let it through. Registrations are
   * called in the order of their names, and all of them anew when what the API server has cached was old.
   */
  const last = () => {
    const sent = webhook.take()
    const index = sent.findLastIndex(({ path }) => path === '/all/mutate')
    const all = sent[index]
    if (all === undefined) throw new Error(`no review of a write, but ${sent.length} others`)
    return { all, isSent: sent[index + 1]?.path === '/sorted/mutate' }
  }

  // The API server takes a moment to hear of a registration; a dry run is asked until both are heard of.
  const probe = withMetadata(upstream, { name: 'probe' })
  for (let paths = new Set<string>(); paths.size < 2; ) {
    await admin.request({ method: 'POST', path: UPSTREAMS, query: { dryRun: 'All' }, body: probe })
    paths = new Set(webhook.take().map(({ path }) => path))
  }

  for (const [path, object] of collections) {
    const kind = String(object['kind'])
    t.test(`writes of ${kind} that may matter are sent, and no others`, async t => {
      let stored = await create(path, object)
      t.equal(last().isSent, true, 'its creation')
      for (const [what, change, expected] of [...metadataChanges, ...(changes[kind] ?? [])]) {
        stored = await replace(path, change(stored))
        const { all, isSent } = last()
        t.equal(isSent, expected, what)
        t.equal(isSent, !isStatusOnly(all.oldObject, all.object), `${what}, as the program has it`)
      }
    })
  }

  t.test('any write is sent unless the program has nothing to decide', async t => {
    let stored = await create(UPSTREAMS, withMetadata(upstream, { name: 'random' }))
    webhook.take()
    let skipped = 0
    const samples = fc.sample(writes, 400)
    for (const changes of samples) {
      stored = await replace(
        UPSTREAMS,
        changes.reduce((object, apply) => apply(object), stored),
      )
      const { all, isSent } = last()
      const expected = !isStatusOnly(all.oldObject, all.object)
      if (isSent !== expected) t.fail(JSON.stringify({ isSent, ...all }))
      if (!isSent) skipped++
    }
    t.ok(skipped > samples.length / 20, `${skipped} of ${samples.length} are not sent`)
    t.ok(skipped < samples.length / 2)
  })

  t.test('a large Upstream is compared, too', async t => {
    const hosts = Array.from({ length: 10_000 }, (_, index) => ({
      addr: `host-${index}.example.com`,
      port: index,
      healthCheckConfig: { path: '/'.repeat(50) },
    }))
    const large = { ...withMetadata(upstream, { name: 'large' }), spec: { static: { hosts } } }
    const stored = await create(UPSTREAMS, large)
    t.equal(last().isSent, true)
    const reported = await replace(UPSTREAMS, { ...stored, status: { state: 'Accepted' } })
    t.equal(last().isSent, false)
    const [, ...rest] = hosts
    await replace(UPSTREAMS, { ...reported, spec: { static: { hosts: [...rest, { addr: 'b' }] } } })
    t.equal(last().isSent, true)
  })

  t.test('writes of the process itself are not sent, those of discovery are', async t => {
    const before = await create(UPSTREAMS, withMetadata(upstream, { name: 'others' }), own)
    t.equal(last().isSent, false, 'its creation by the process')
    const filled = { ...before, spec: { kube: {}, sslConfig: { sni: 'a' } } }
    const stored = await replace(UPSTREAMS, filled, own)
    t.match(last(), { isSent: false, all: { user: 'system:serviceaccount:mesh:sorted' } })
    // Whole, and without the annotations of others, as Gloo's discovery writes.
    const rewritten = withMetadata({ ...stored, spec: filled.spec }, { annotations: {} })
    await replace(UPSTREAMS, rewritten, discovery)
    t.match(last(), { isSent: true, all: { user: /:discovery$/ } })
  })
}
