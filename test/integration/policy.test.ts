import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { fieldAt, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import {
  containerNames,
  discovered,
  eventually,
  GLOO_SYSTEM,
  gatewayProxy,
  namespace,
  pod,
  rollOut,
  service,
  sslConfigOf,
} from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { installWebhook } from '../parts/webhook.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
if (skip) {
  t.test('policy by namespace label on a real API server', { skip }, async () => {})
} else {
  const { dir, controlPlane, live } = await setStage(t, [namespace('team-a'), namespace('team-b')])

  // What is there before anybody installs gloo-istio: twenty Services of one team, and one of another.
  const COUNT = 20
  const names = Array.from({ length: COUNT }, (_, at) => `svc-${at}`)
  const originals = new Map<string, string>()
  const addUpstream = async (of: string, name: string) => {
    await live.create(service(of, name))
    await live.create(pod(of, name))
    const made = await live.create(discovered(of, name))
    originals.set(textAt(made, 'metadata', 'name'), JSON.stringify(made['spec']))
  }
  for (const name of names) await addUpstream('team-a', name)
  await addUpstream('team-b', 'other')
  await live.create(gatewayProxy('1.17.3'))

  const installed = await installWebhook({ controlPlane, dir, values: {} })
  t.teardown(() => installed.stop())

  const upstreams = async (of: string): Promise<readonly JsonObject[]> =>
    (await live.list('Upstream', GLOO_SYSTEM)).filter(
      upstream => fieldAt(upstream, 'spec', 'kube', 'serviceNamespace') === of,
    )
  const areOn = async (of: string) => (await upstreams(of)).every(sslConfigOf)
  const areOff = async (of: string) => (await upstreams(of)).every(found => !sslConfigOf(found))
  const proxy = () => live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')
  const eventsOf = async (reason: string) =>
    (await live.list('Event', GLOO_SYSTEM)).filter(event => event['reason'] === reason)

  t.test(
    'what is configured nowhere is read from the cluster: the proxy gets Istio’s sidecars',
    async t => {
      await eventually('the proxy is injected', async () =>
        containerNames(await proxy()).includes('istio-proxy'),
      )
      t.strictSame(containerNames(await proxy()).toSorted(), [
        'gateway-proxy',
        'istio-proxy',
        'sds',
      ])
      t.match(JSON.stringify(await proxy()), 'docker.io/istio/proxyv2:1.22.3')
      t.ok(await areOff('team-a'), 'and nothing is selected')
    },
  )

  t.test('a labelled namespace waits, visibly, until the proxy is rolled out', async t => {
    await live.label('team-a', { 'gloo-istio.io/mtls': 'enabled' })
    await eventually(
      'its Upstreams say that they wait',
      async () => (await eventsOf('WaitingForProxy')).length >= COUNT,
    )
    t.ok(await areOff('team-a'))
    const [event] = await eventsOf('WaitingForProxy')
    t.match(textAt(event, 'message'), 'Deployment gloo-system/gateway-proxy')
    t.equal(textAt(event, 'type'), 'Warning')
    t.match(await installed.metrics(), `gloo_istio_upstreams{reason="WaitingForProxy"} ${COUNT}`)
  })

  t.test('then every Upstream that leads there is switched on, and no other', async t => {
    await rollOut(live)
    await eventually('they are on', () => areOn('team-a'))
    t.ok(await areOff('team-b'))
    const [first] = await upstreams('team-a')
    t.strictSame(sslConfigOf(first ?? {}), {
      alpnProtocols: ['istio'],
      sds: {
        certificatesSecretName: 'istio_server_cert',
        targetUri: '127.0.0.1:8234',
        validationContextName: 'istio_validation_context',
      },
    })
    // Events come after what they tell of.
    await eventually(
      'each has its Event',
      async () => (await eventsOf('MtlsEnabled')).length === COUNT,
    )
  })

  t.test('when nothing is to do, nothing is written', async t => {
    const versions = async () =>
      (await live.list('Upstream', GLOO_SYSTEM)).map(found =>
        textAt(found, 'metadata', 'resourceVersion'),
      )
    const before = await versions()
    await live.label('team-b', { 'example.com/unrelated': 'x' })
    await sleep(2_000)
    t.strictSame(await versions(), before)
    await eventually('nothing waits', async () =>
      (await installed.metrics()).includes('gloo_istio_reconcile_backlog 0'),
    )
  })

  t.test('a new Upstream is switched on as it is written', async t => {
    await live.create(service('team-a', 'late'))
    const made = await live.create(discovered('team-a', 'late'))
    t.ok(sslConfigOf(made), 'in the answer to its creation')
  })

  t.test('an annotation of the Service, also for one port, goes before the label', async () => {
    await live.annotate('Service', 'team-a', 'svc-0', { 'gloo-istio.io/mtls': '9080:disabled' })
    const upstream = () => live.get('Upstream', GLOO_SYSTEM, 'team-a-svc-0-9080')
    await eventually('it is off', async () => !sslConfigOf(await upstream()))
    await live.annotate('Service', 'team-a', 'svc-0', { 'gloo-istio.io/mtls': '8080:disabled' })
    await eventually('it is on again', async () => sslConfigOf(await upstream()) !== undefined)
  })

  t.test('a Service whose pods have no sidecar is left to plain text', async () => {
    const upstream = () => live.get('Upstream', GLOO_SYSTEM, 'team-a-svc-1-9080')
    await live.create(pod('team-a', 'svc-1', { podName: 'svc-1-plain', sidecar: false }))
    await eventually('it is off', async () => !sslConfigOf(await upstream()))
    await eventually(
      'and says why',
      async () =>
        (await eventsOf('MixedSidecars')).length > 0 ||
        (await eventsOf('MtlsRemoved')).some(e => textAt(e, 'message').includes('1 of 2 pods')),
    )
    await live.remove('Pod', 'team-a', 'svc-1-plain')
    await eventually('it is on again', async () => sslConfigOf(await upstream()) !== undefined, 45)
  })

  t.test('the API server is killed mid-way, and everything ends as it should', async t => {
    await live.label('team-b', { 'gloo-istio.io/mtls': 'enabled' })
    await live.label('team-a', { 'gloo-istio.io/mtls': null })
    await controlPlane.restart()
    await eventually('one is on', () => areOn('team-b'), 60)
    await eventually('the others are off', () => areOff('team-a'), 60)
    await live.label('team-a', { 'gloo-istio.io/mtls': 'enabled' })
    await eventually('on again', () => areOn('team-a'), 60)
    t.equal(installed.webhook.hasExited(), false)
  })

  t.test(
    'a proxy that gives up the mesh keeps its certificates until all Upstreams let go',
    async t => {
      const wrong: string[] = []
      let watching = true
      const watch = (async () => {
        while (watching) {
          // The proxy last: what it lacks now, an Upstream must have let go of before.
          const on = (await live.list('Upstream', GLOO_SYSTEM)).filter(sslConfigOf)
          const lacks = !containerNames(await proxy()).includes('sds')
          const still = (await live.list('Upstream', GLOO_SYSTEM)).filter(sslConfigOf)
          if (lacks && on.length > 0 && still.length > 0) wrong.push(`${still.length} on`)
          await sleep(20)
        }
      })()
      await live.annotate('Deployment', GLOO_SYSTEM, 'gateway-proxy', {
        'gloo-istio.io/inject': 'disabled',
      })
      t.ok(containerNames(await proxy()).includes('sds'), 'at first it keeps them')
      await eventually('Upstreams let go', () => areOff('team-a'))
      await eventually(
        'the proxy is as it was',
        async () => containerNames(await proxy()).length === 1,
      )
      await live.annotate('Deployment', GLOO_SYSTEM, 'gateway-proxy', {
        'gloo-istio.io/inject': null,
      })
      await eventually(
        'the proxy is injected',
        async () => containerNames(await proxy()).length === 3,
      )
      await sleep(1_000)
      t.ok(await areOff('team-a'), 'Upstreams wait for the rollout')
      await rollOut(live)
      await eventually('Upstreams are on', () => areOn('team-a'))
      watching = false
      await watch
      t.strictSame(wrong, [])
    },
  )

  t.test('without its labels, each spec is what it was, to the byte', async t => {
    await live.label('team-a', { 'gloo-istio.io/mtls': null })
    await live.label('team-b', { 'gloo-istio.io/mtls': null })
    await eventually(
      'all are off',
      async () => (await areOff('team-a')) && (await areOff('team-b')),
    )
    for (const upstream of await live.list('Upstream', GLOO_SYSTEM)) {
      const original = originals.get(textAt(upstream, 'metadata', 'name'))
      if (original) t.equal(JSON.stringify(upstream['spec']), original)
      t.equal(fieldAt(upstream, 'metadata', 'annotations'), undefined)
    }
  })
}
