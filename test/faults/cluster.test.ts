import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, t } from 'tap'
import { fieldAt, textAt } from '../../src/core/json.ts'
import { GLOO_SYSTEM } from '../harness/live.ts'
import { annotated } from '../harness/writer.ts'
import { skipUnless } from '../parts/parts.ts'
import { CHART, startReplicas } from '../parts/replicas.ts'
import { allowed } from './allowed.ts'
import { CLUSTER } from './cluster.ts'
import {
  type ClusterStage,
  emptyNamespace,
  finalize,
  registered,
  setClusterStage,
} from './cluster-stage.ts'
import { proveFaults } from './fault.ts'
import { NAMES, secondsUntil, tellOf } from './stage.ts'
import { setTeam } from './team.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
const stage = skip ? undefined : await setClusterStage(t)
const real = (): ClusterStage => {
  if (stage === undefined) throw new TypeError('skipped')
  return stage
}

const untilInjected = (limit = 60): Promise<number> =>
  secondsUntil(
    'Upstreams are injected',
    async () => (await real().tryUpstream()) === 'injected',
    limit,
  )

const REFUSED = /failed calling webhook "upstreams\.gloo-istio\.io"/
const COUNT = 100
/** How long the Lease of one that was killed is waited for; src/reconciling.ts. */
const LEASE_S = 5

/** Writes while nobody is there, and what is left bare; then all come back. */
const ignored = async (t: Test, prefix: string, end: () => Promise<unknown>) => {
  const { write, makeUpstreams, bare, startAll, untilReady, replicas, leads, upgrade } = real()
  await secondsUntil('one leads', leads, 40)
  await upgrade('--set=webhook.failurePolicy=Ignore')
  const writer = write()
  await writer.untilWritten(20)
  await end()
  await makeUpstreams(COUNT, prefix)
  await writer.untilWritten(50)
  const counts = await writer.stop()
  t.strictSame([...counts.failed], [], 'no write failed')
  t.equal(await bare(prefix), COUNT, 'nobody was there')
  await startAll()
  await secondsUntil(
    'the first is back',
    async () => (await Promise.all(replicas.all.map(({ isReady }) => isReady()))).includes(true),
    60,
  )
  const begin = performance.now()
  const since = () => Math.round((performance.now() - begin) / 100) / 10
  await secondsUntil('one leads', leads, 60)
  const leading = since()
  await secondsUntil('all are injected', async () => (await bare(prefix)) === 0, 60)
  const repaired = since()
  await untilReady()
  await upgrade('--set=webhook.failurePolicy=Fail')
  const told = `${counts.written} writes and ${COUNT} Upstreams, ${counts.failed.size} failed; `
  return { leading, repaired, told }
}

proveFaults(
  t,
  CLUSTER,
  {
    'CLUS-01': async t => {
      const { killAll, startAll, doOthersWork, scaleOurs, tryUpstream, losingNothing } = real()
      await killAll()
      const others = await doOthersWork()
      await scaleOurs(0)
      await scaleOurs(3)
      const said = await tryUpstream()
      t.match(said, REFUSED)
      t.match(said, /reset by peer|refused|EOF/)
      await startAll()
      const seconds = await untilInjected()
      t.ok(seconds < allowed(30), `${seconds} s`)
      const told = await losingNothing(t, () => sleep(500))
      return `${others} other writes and 2 scalings of ours done, Upstream refused by name; well after ${seconds} s; ${told}`
    },
    'CLUS-02': async t => {
      const { repaired, told } = await ignored(t, 'ended', real().endAll)
      t.ok(repaired < allowed(10), `${repaired} s`)
      return `${told}all injected ${repaired} s after the first was ready again`
    },
    'CLUS-03': async t => {
      const { leading, repaired, told } = await ignored(t, 'killed', real().killAll)
      t.ok(leading < allowed(2 * LEASE_S), `${leading} s`)
      t.ok(repaired - leading < allowed(10), `${repaired} s`)
      return `${told}one led ${leading} s after the first was ready again, all injected after ${repaired} s`
    },
    'CLUS-04': async t => {
      const { losingNothing, replicas, live } = real()
      const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMES.configuration}`
      const version = async () =>
        textAt(await live.api.request({ path }), 'metadata', 'resourceVersion')
      const before = await version()
      const told = await losingNothing(t, () =>
        t.rejects(replicas.helm('install', 'gloo-istio', CHART, `-n=${NAMES.namespace}`), {
          message: /cannot re-?use a name/,
        }),
      )
      t.equal(await version(), before)
      return `refused, nothing changed; ${told}`
    },
    'CLUS-05': async t => {
      const { controlPlane, dir, losingNothing, live } = real()
      const installation = { namespace: 'second', fullName: 'gloo-istio-second' }
      mkdirSync(join(dir, 'second'))
      let generation: unknown
      const told = await losingNothing(t, async () => {
        const second = await startReplicas({
          controlPlane,
          dir: join(dir, 'second'),
          installation,
          count: 2,
          flags: ['--drain=1s'],
        })
        t.teardown(() => second.stop())
        t.equal((await registered(real(), 'gloo-istio')).length, 2)
        await live.create(annotated('of-both'))
        await sleep(3_000)
        generation = fieldAt(
          await live.get('Upstream', GLOO_SYSTEM, 'of-both'),
          'metadata',
          'generation',
        )
        const reviews = await Promise.all(
          second.all.map(({ metric }) => metric('gloo_istio_reviews_total')),
        )
        t.ok(
          reviews.some(count => count !== undefined && count > 0),
          'it is asked as well',
        )
        await second.helm('uninstall', installation.fullName, `-n=${installation.namespace}`)
        await Promise.all(second.all.map(replica => replica.stop()))
      })
      t.equal(generation, 1, 'nobody wrote it again')
      await live.remove('Upstream', GLOO_SYSTEM, 'of-both')
      return `an Upstream that both saw was written once; ${told}`
    },
    'CLUS-06': async t => {
      const { losingNothing, upgrade, renew, replicas, live } = real()
      const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMES.configuration}`
      const told = await losingNothing(t, async () => {
        await upgrade('--set=webhook.timeoutSeconds=7,mountRoot=/etc/mesh-certs')
        await renew()
        await replicas.roll()
      })
      t.match(await live.api.request({ path }), { webhooks: [{ timeoutSeconds: 7 }] })
      return `3 replicas replaced; ${told}`
    },
    'CLUS-07': async t => {
      const { controlPlane, replicas, losingNothing, live } = real()
      const team = await setTeam({ live, serving: replicas.all }, 'team-restart', 5)
      await controlPlane.restartAll()
      const ready = await Promise.all(replicas.all.map(({ isReady }) => isReady()))
      t.strictSame(ready, [true, true, true])
      const seconds = await team.followed()
      t.ok(seconds < 45)
      const told = await losingNothing(t, () => sleep(2_000))
      return `all stayed ready, a change was followed after ${seconds} s; ${told}`
    },
    'CLUS-08': async t => {
      const { losingNothing, live, kubectl, killAll, startAll, doOthersWork, tryUpstream } = real()
      const { install, renew, untilReady } = real()
      let gone = 0
      const told = await losingNothing(t, async () => {
        await kubectl('delete', 'namespace', NAMES.namespace, '--wait=false')
        gone = await emptyNamespace(real())
        await sleep(3_000)
      })
      await killAll()
      await finalize(live)
      t.match(await tryUpstream(), REFUSED)
      const others = await doOthersWork()
      await install()
      await renew()
      await startAll()
      await untilReady()
      const seconds = await untilInjected()
      const after = await losingNothing(t, () => sleep(500))
      return `${gone} objects deleted: ${told}; then ${others} other writes done, Upstream refused by name; installed again, well ${seconds} s after all were ready: ${after}`
    },
    'CLUS-09': async t => {
      const { write, replicas, endAll } = real()
      const writer = write()
      await writer.untilWritten(50)
      await replicas.helm('uninstall', 'gloo-istio', `-n=${NAMES.namespace}`)
      await endAll()
      await writer.untilWritten(100)
      const counts = await writer.stop()
      t.strictSame([...counts.failed], [], 'no write failed')
      t.strictSame(await registered(real(), 'gloo-istio'), [])
      t.ok(counts.uninjected.length > 0, 'they were still written without us')
      return `${tellOf(counts)}, once nobody was registered`
    },
  },
  { skip, restore: () => real().restore() },
)
