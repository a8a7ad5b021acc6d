import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
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
import { freePort } from '../parts/ports.ts'
import { installWebhook, type Replica, startReplica } from '../parts/webhook.ts'
import { startDiscovery } from '../stand-ins/gloo-discovery.ts'
import { startHostileWebhook } from '../stand-ins/hostile-webhook.ts'

// Whoever else writes Upstreams: Gloo's discovery, other webhooks, tools that hold on to a repository, people.
const skip = skipUnless('kubernetes', 'kubectl', 'helm')
if (skip) {
  t.test('living with others on a real API server', { skip }, async () => {})
} else {
  const teams = ['team-a', 'team-c', 'team-d', 'team-e']
  const { dir, controlPlane, live } = await setStage(
    t,
    teams.map(name => namespace(name)),
  )
  const options = { controlPlane, dir, values: {} }
  const installed = await installWebhook(options)
  t.teardown(() => installed.stop())
  await live.create(gatewayProxy('1.17.3'))
  await eventually('the proxy is injected', async () =>
    containerNames(await live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')).includes('sds'),
  )
  await rollOut(live)

  const upstream = (name: string) => live.get('Upstream', GLOO_SYSTEM, name)
  const isOn = async (name: string) => sslConfigOf(await upstream(name)) !== undefined
  const writesOf = async (replica: Replica): Promise<number> =>
    [
      ...(await replica.metrics()).matchAll(
        /^gloo_istio_reconcile_writes_total\{.*outcome="written".*\} (\d+)/gm,
      ),
    ]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0)
  const eventsOf = async (reason: string) =>
    (await live.list('Event', GLOO_SYSTEM)).filter(event => event['reason'] === reason)

  t.test('switching off lasts, though discovery writes back what it saw first', async t => {
    const discovery = await startDiscovery({ kubeConfig: live.kubeConfig, reportStatus: true })
    t.teardown(() => discovery.stop())
    await live.create(service('team-a', 'details', { 'example.com/mine': 'x' }))
    const name = 'team-a-details-9080'
    await eventually('discovery wrote it', async () => (await upstream(name)) !== undefined)
    await live.label('team-a', { 'gloo-istio.io/mtls': 'enabled' })
    await eventually('it is on', () => isOn(name))
    // Long enough for discovery to adopt it, and to write it anew.
    await live.patch('Service', 'team-a', 'details', { metadata: { labels: { version: 'v2' } } })
    await eventually(
      'discovery wrote it anew',
      async () =>
        textAt(await upstream(name), 'spec', 'discoveryMetadata', 'labels', 'version') === 'v2',
    )
    t.ok(await isOn(name))
    t.match(
      textAt(await upstream(name), 'metadata', 'annotations', 'gloo-istio.io/injected'),
      'sslConfig',
    )
    await live.label('team-a', { 'gloo-istio.io/mtls': null })
    await eventually('it is off', async () => !(await isOn(name)))
    for (let at = 0; at < 30; at++) {
      t.notOk(await isOn(name), `still off after ${at * 200} ms`)
      await sleep(200)
    }
  })

  t.test('the annotation of a Service is asked live, not in discovery’s copy', async t => {
    const discovery = await startDiscovery({ kubeConfig: live.kubeConfig })
    t.teardown(() => discovery.stop())
    await live.create(service('team-a', 'reviews', { 'gloo-istio.io/mtls': 'enabled' }))
    const name = 'team-a-reviews-9080'
    await eventually('it is on', () => isOn(name))
    t.equal(
      fieldAt(await upstream(name), 'metadata', 'annotations', 'gloo-istio.io/mtls'),
      undefined,
    )
    await live.annotate('Service', 'team-a', 'reviews', { 'gloo-istio.io/mtls': 'disabled' })
    await eventually('it is off', async () => !(await isOn(name)))
  })

  t.test('a webhook that undoes us makes one write a minute, and a Warning', async t => {
    const name = 'team-c-details-9080'
    const hostile = await startHostileWebhook({ api: live.api, name })
    t.teardown(() => hostile.stop())
    await live.create(service('team-c', 'details'))
    await live.create(discovered('team-c', 'details'))
    const before = await writesOf(installed)
    await live.label('team-c', { 'gloo-istio.io/mtls': 'enabled' })
    await eventually('a Warning says so', async () => (await eventsOf('Contested')).length > 0)
    const seen = hostile.reviews()
    await sleep(15_000)
    t.notOk(await isOn(name))
    t.ok((await writesOf(installed)) - before <= 1, 'one write')
    t.ok(hostile.reviews() - seen <= 2, 'and nobody else is kept busy')
    t.match(
      await installed.metrics(),
      /gloo_istio_reconcile_writes_total\{.*outcome="contested".*\} 1/,
    )
  })

  t.test('a tool that holds an Upstream to a repository makes no loop', async t => {
    const name = 'team-c-gitops-9080'
    await live.create(service('team-c', 'gitops'))
    const wanted = await live.create(discovered('team-c', 'gitops'))
    t.ok(sslConfigOf(wanted), 'on as it is written')
    const before = await writesOf(installed)
    for (let at = 0; at < 20; at++) {
      await live.patch('Upstream', GLOO_SYSTEM, name, { spec: { sslConfig: null } })
      await sleep(100)
    }
    t.ok(await isOn(name), 'its writes are corrected as they go by')
    t.equal(await writesOf(installed), before, 'and so there is nothing to write')
  })

  t.test('what a person changes inside our block is kept and told', async t => {
    const name = 'team-c-person-9080'
    await live.create(service('team-c', 'person'))
    await live.create(discovered('team-c', 'person'))
    await live.patch('Upstream', GLOO_SYSTEM, name, {
      spec: { sslConfig: { sni: 'person.example.com' } },
    })
    await eventually(
      'an Event says so',
      async () => (await eventsOf('SslConfigChanged')).length > 0,
    )
    await live.label('team-c', { 'gloo-istio.io/mtls': null })
    await sleep(1_500)
    t.match(sslConfigOf(await upstream(name)), { sni: 'person.example.com' })
  })

  t.test('identities follow the pods, the new before the old are dropped', async t => {
    const name = 'team-d-details-9080'
    const spiffe = (account: string) => `spiffe://mesh.example.com/ns/team-d/sa/${account}`
    await live.create(service('team-d', 'details'))
    await live.create(pod('team-d', 'details', { podName: 'one', serviceAccount: 'one' }))
    await live.create(discovered('team-d', 'details'))
    await live.label('team-d', {
      'gloo-istio.io/mtls': 'enabled',
      'gloo-istio.io/verify-identity': 'enabled',
    })
    const names = async () =>
      items(fieldAt(sslConfigOf(await upstream(name)), 'verifySubjectAltName'))
    await eventually('it accepts one', async () => (await names()).join() === spiffe('one'))
    await live.create(pod('team-d', 'details', { podName: 'two', serviceAccount: 'two' }))
    await eventually('it accepts both', async () => (await names()).length === 2)
    await live.remove('Pod', 'team-d', 'one')
    await sleep(2_000)
    t.strictSame(await names(), [spiffe('one'), spiffe('two')], 'the old is kept for a while')
    await eventually('it accepts the new', async () => (await names()).join() === spiffe('two'), 45)
  })

  t.test('of two replicas one writes, and the other takes over when it dies', async t => {
    const second = await startReplica(options, {
      name: 'second',
      port: await freePort(),
    })
    t.teardown(() => second.stop())
    await live.create(service('team-e', 'details'))
    await live.create(discovered('team-e', 'details'))
    const name = 'team-e-details-9080'
    await live.label('team-e', { 'gloo-istio.io/mtls': 'enabled' })
    await eventually('it is on', () => isOn(name))
    await sleep(1_000)
    t.equal(await writesOf(second), 0)
    process.kill(-installed.webhook.pid, 'SIGKILL')
    await live.label('team-e', { 'gloo-istio.io/mtls': null })
    await eventually('the second writes', async () => !(await isOn(name)), 40)
    t.ok((await writesOf(second)) > 0)
  })
}
