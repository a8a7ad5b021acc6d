import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import { t } from 'tap'
import { rssMiBOf } from '../../bench/usage.ts'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import {
  containerNames,
  discovered,
  eventually,
  GLOO_SYSTEM,
  gatewayProxy,
  namespace,
  rollOut,
  service,
} from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { run } from '../parts/command.ts'
import { skipUnless } from '../parts/parts.ts'
import { CLI } from '../parts/program.ts'
import { installWebhook } from '../parts/webhook.ts'

const NAMESPACES = 100
const PER_NAMESPACE = 20
const UPSTREAMS = NAMESPACES * PER_NAMESPACE
/** Ten thousand are to be in line within two minutes. */
const BACKFILL_SECONDS = (UPSTREAMS / 10_000) * 120

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
if (skip) {
  t.test('two thousand Upstreams on a real API server', { skip }, async () => {})
} else {
  const { dir, controlPlane, live } = await setStage(t, [gatewayProxy('1.17.3')])

  const all = async (objects: readonly (() => Promise<unknown>)[]) => {
    const queue = new PQueue({ concurrency: 24 })
    await Promise.all(objects.map(make => queue.add(make)))
  }
  const teams = Array.from({ length: NAMESPACES }, (_, at) => `team-${at}`)
  const services = teams.flatMap(team =>
    Array.from({ length: PER_NAMESPACE }, (_, at) => [team, `svc-${at}`] as const),
  )
  await all(teams.map(team => () => live.create(namespace(team))))
  await all(
    services.flatMap(([team, name]) => [
      () => live.create(service(team, name)),
      () => live.create(discovered(team, name)),
    ]),
  )

  const countOn = async (): Promise<number> => {
    let [count, next] = [0, '']
    do {
      const query = { limit: 500, ...(next && { continue: next }) }
      const path = `/apis/gloo.solo.io/v1/namespaces/${GLOO_SYSTEM}/upstreams`
      const page: JsonObject = await live.api.request({ path, query })
      count += items(page['items']).filter(item => fieldAt(item, 'spec', 'sslConfig')).length
      next = textAt(page, 'metadata', 'continue')
    } while (next)
    return count
  }

  t.test('the reconciler brings them in line in time, and then writes nothing', async t => {
    const installed = await installWebhook({ controlPlane, dir, values: {} })
    t.teardown(() => installed.stop())
    const rss = () => Math.round(rssMiBOf(installed.webhook.pid))
    await eventually('the proxy is injected', async () =>
      containerNames(await live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')).includes('sds'),
    )
    await rollOut(live)
    const metric = async (name: string) => {
      const [, value] = new RegExp(`^${name} (\\d+)`, 'm').exec(await installed.metrics()) ?? []
      return Number(value)
    }
    const memory = async () =>
      `heap ${Math.round((await metric('nodejs_heap_size_used_bytes')) / 2 ** 20)} MiB, RSS ${rss()} MiB`
    t.comment(`${UPSTREAMS} Upstreams and Services in ${NAMESPACES} namespaces: ${await memory()}`)
    await all(teams.map(team => () => live.label(team, { 'gloo-istio.io/mtls': 'enabled' })))
    const begin = Date.now()
    const done = 'gloo_istio_upstreams\\{reason="AlreadyEnabled"\\}'
    await eventually('all are on', async () => (await metric(done)) === UPSTREAMS, 300, 1_000)
    const seconds = (Date.now() - begin) / 1000
    t.comment(`switched on in ${seconds.toFixed(0)} s after the last label: ${await memory()}`)
    t.equal(await countOn(), UPSTREAMS)
    t.ok(seconds <= BACKFILL_SECONDS, `${seconds} s`)
    const writes =
      'gloo_istio_reconcile_writes_total\\{kind="upstreams",outcome="written",reason="MtlsEnabled"\\}'
    const before = await metric(writes)
    await live.label('team-0', { 'example.com/unrelated': 'x' })
    await sleep(3_000)
    t.equal(await metric(writes), before)
  })

  const gloo = (...args: string[]) =>
    run({ file: process.execPath, args: [CLI, ...args, `--kubeconfig=${controlPlane.kubeconfig}`] })

  t.test('one command takes them all back, once it was asked what it would do', async t => {
    await all(teams.map(team => () => live.label(team, { 'gloo-istio.io/mtls': null })))
    const dry = await gloo('backfill', '--dry-run')
    t.match(dry.stdout, new RegExp(`to write +Upstream +MtlsRemoved +${UPSTREAMS}`))
    t.equal(await countOn(), UPSTREAMS)
    const begin = Date.now()
    const { stdout, stderr, code } = await gloo('backfill')
    const seconds = (Date.now() - begin) / 1000
    t.comment(`gloo-istio backfill took ${seconds.toFixed(0)} s`)
    t.equal(code, 0, stderr)
    t.match(stdout, new RegExp(`written +Upstream +MtlsRemoved +${UPSTREAMS}`))
    t.match(stderr, '100%')
    t.equal(await countOn(), 0)
    t.ok(seconds <= BACKFILL_SECONDS, `${seconds} s`)
    const again = await gloo('backfill')
    t.match(again.stdout, new RegExp(`unchanged +Upstream +NotSelected +${UPSTREAMS}`))
  })

  t.test('get and explain answer for them', async t => {
    const { stdout } = await gloo('get', 'upstreams')
    t.equal(stdout.trim().split('\n').length, UPSTREAMS + 1)
    const told = await gloo('explain', 'upstream', `${GLOO_SYSTEM}/team-7-svc-7-9080`)
    t.match(told.stdout, 'label gloo-istio.io/mtls of namespace team-7 is not set')
  })
}
