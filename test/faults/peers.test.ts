import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { fieldAt } from '../../src/core/json.ts'
import {
  discovered,
  eventually,
  GLOO_SYSTEM,
  namespace,
  service,
  sslConfigOf,
} from '../harness/live.ts'
import { skipUnless } from '../parts/parts.ts'
import { startDiscovery } from '../stand-ins/gloo-discovery.ts'
import { startHostileWebhook } from '../stand-ins/hostile-webhook.ts'
import { proveFaults } from './fault.ts'
import { PEERS } from './peers.ts'
import { reviewersOf } from './reviewer.ts'
import { type FaultStage, setFaultStage } from './stage.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
const stage = skip ? undefined : await setFaultStage(t, { count: 2, flags: ['--drain=0s'] })
const real = (): FaultStage => {
  if (stage === undefined) throw new TypeError('skipped')
  return stage
}

const LABEL = 'gloo-istio.io/mtls'

/** A Service in a namespace of its own. */
const settle = async (team: string, name: string): Promise<string> => {
  const { live } = real()
  await live.create(namespace(team))
  await live.create(service(team, name))
  return `${team}-${name}-9080`
}
const sslConfig = async (name: string) =>
  sslConfigOf(await real().live.get('Upstream', GLOO_SYSTEM, name))
const isOn = async (name: string): Promise<boolean> => (await sslConfig(name)) !== undefined

/** What all replicas have written to an Upstream after it was stored. */
const writesOf = (name: string): number =>
  real()
    .replicas.all.flatMap(({ log }) => log())
    .filter(line => line['msg'] === 'reconciled' && line['name'] === name)
    .filter(({ outcome }) => outcome === 'written').length

const untilTold = (reason: string): Promise<void> =>
  eventually(`an Event tells of ${reason}`, async () =>
    (await real().live.list('Event', GLOO_SYSTEM)).some(event => event['reason'] === reason),
  )

proveFaults(
  t,
  PEERS,
  {
    'PEER-01': async t => {
      const { live } = real()
      const name = await settle('team-hostile', 'details')
      const hostile = await startHostileWebhook({ api: live.api, name })
      t.teardown(() => hostile.stop())
      await live.create(discovered('team-hostile', 'details'))
      await live.label('team-hostile', { [LABEL]: 'enabled' })
      await untilTold('Contested')
      await sleep(15_000)
      t.notOk(await isOn(name))
      t.equal(writesOf(name), 1)
      return `${writesOf(name)} write of ours, ${hostile.reviews()} reviews of the other webhook in 15 s`
    },
    'PEER-02': async t => {
      const { live } = real()
      const discovery = await startDiscovery({ kubeConfig: live.kubeConfig, reportStatus: true })
      t.teardown(() => discovery.stop())
      const name = await settle('team-discovered', 'details')
      await eventually('discovery wrote it', async () => !(await isOn(name)))
      await live.label('team-discovered', { [LABEL]: 'enabled' })
      await eventually('it is on', () => isOn(name))
      // Discovery compares, and adopts, when there is news of a Service.
      await live.patch('Service', 'team-discovered', 'details', {
        metadata: { labels: { version: 'v2' } },
      })
      await eventually(
        'discovery wrote it anew',
        async () =>
          fieldAt(
            await live.get('Upstream', GLOO_SYSTEM, name),
            'spec',
            'discoveryMetadata',
            'labels',
            'version',
          ) === 'v2',
      )
      await live.label('team-discovered', { [LABEL]: null })
      await eventually('it is off', async () => !(await isOn(name)))
      const before = discovery.writes()
      for (let look = 0; look < 30; look++) {
        t.notOk(await isOn(name), 'still off')
        await sleep(200)
      }
      const tried = discovery.writes() - before
      await discovery.stop()
      return `off at 30 looks in 6 s, in which discovery wrote ${tried} times`
    },
    'PEER-03': async t => {
      const { live, replicas } = real()
      const reviewer = await reviewersOf(live)
      const name = await settle('team-gitops', 'details')
      await live.label('team-gitops', { [LABEL]: 'enabled' })
      await live.create(discovered('team-gitops', 'details'))
      await eventually('it is on', () => isOn(name))
      // Each replica hears of the label in its own time.
      for (const { port } of replicas.all) {
        const { isFilled, close } = reviewer(port)
        t.teardown(close)
        await eventually('it knows', () => isFilled(discovered('team-gitops', 'details')))
      }
      const before = writesOf(name)
      let kept = 0
      for (let time = 0; time < 100; time++) {
        const stored = await live.patch('Upstream', GLOO_SYSTEM, name, {
          spec: { sslConfig: null },
        })
        if (sslConfigOf(stored) !== undefined) kept++
        await sleep(100)
      }
      t.equal(kept, 100)
      await sleep(1_000)
      t.equal(writesOf(name), before)
      return `${kept} of 100 stored with our fields, ${writesOf(name) - before} writes of ours`
    },
    'PEER-04': async t => {
      const { live } = real()
      const name = await settle('team-person', 'details')
      await live.label('team-person', { [LABEL]: 'enabled' })
      await live.create(discovered('team-person', 'details'))
      await eventually('it is on', () => isOn(name))
      await live.patch('Upstream', GLOO_SYSTEM, name, {
        spec: { sslConfig: { sni: 'person.example.com' } },
      })
      await untilTold('SslConfigChanged')
      await live.label('team-person', { [LABEL]: null })
      await sleep(2_000)
      t.match(await sslConfig(name), { sni: 'person.example.com' })
      return 'sni of the person kept, Event SslConfigChanged'
    },
  },
  { skip, restore: () => real().restore() },
)
