import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { textAt } from '../../src/core/json.ts'
import { GLOO_SYSTEM, sslConfigOf } from '../harness/live.ts'
import type { WriterCounts } from '../harness/writer.ts'
import { skipUnless } from '../parts/parts.ts'
import { ENDURANCE } from './endurance.ts'
import { proveFaults } from './fault.ts'
import { releaseOn } from './release.ts'
import { type FaultStage, secondsUntil, setFaultStage } from './stage.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
/** A review each, at least. REVIEWS=100000 is for a release: it takes five to twelve minutes. */
const WANTED = Number(process.env['REVIEWS'] ?? 8_000)

// Certificates so short that they are renewed again and again by themselves.
const FLAGS = ['--authority-life=2h', '--certificate-life=1m', '--drain=5s', '--connection-age=30s']
const stage = skip
  ? undefined
  : await setFaultStage(t, {
      flags: FLAGS,
      values: { webhook: { failurePolicy: 'Ignore' } },
      writer: { concurrency: 16 },
    })
const real = (): FaultStage => {
  if (stage === undefined) throw new TypeError('skipped')
  return stage
}
const release = () => releaseOn(real().live)
const all = () => real().replicas.all

const failuresIn = ({ failed }: WriterCounts) =>
  [...failed.values()].reduce((sum, count) => sum + count, 0)

const servedBy = () =>
  all().map(({ log }) => log().filter(({ msg }) => msg === 'serving certificate replaced').length)

const rotateAuthority = async () => {
  const before = await release().held('tls.crt')
  await release().rotate()
  await secondsUntil(
    'another authority signs',
    async () => (await release().held('tls.crt')) !== before,
    90,
  )
}

const healed = async (spoil: () => Promise<unknown>) => {
  const before = await release().held('tls.crt')
  await spoil()
  await secondsUntil('it is back', async () => (await release().held('tls.crt')) === before)
}

const restartEach = async () => {
  for (const replica of all()) {
    await replica.stop()
    await replica.start()
    await replica.untilReady()
  }
}

const DEEDS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['authority replaced', rotateAuthority],
  ['each replica restarted', restartEach],
  [
    'Secret corrupted',
    async () => {
      const certificate = await release().held('tls.crt')
      await healed(() => release().put({ 'tls.crt': certificate.slice(0, 300) }))
    },
  ],
  ['Secret deleted', () => healed(() => release().remove())],
  ['all rolled', () => real().replicas.roll()],
  ['API server stopped', () => real().controlPlane.restart()],
]

/** Upstreams that were stored without what they should have. */
const bare = async (): Promise<readonly string[]> =>
  (await real().live.list('Upstream', GLOO_SYSTEM))
    .filter(upstream => sslConfigOf(upstream) === undefined)
    .map(upstream => textAt(upstream, 'metadata', 'name'))

proveFaults(
  t,
  ENDURANCE,
  {
    'RUN-01': async t => {
      const writer = real().write()
      const served = servedBy().reduce((sum, count) => sum + count, 0)
      const done = new Map<string, number>()
      const begin = performance.now()
      let turn = 0
      while (writer.counts().written < WANTED || turn < DEEDS.length) {
        const [name, deed] = DEEDS[turn++ % DEEDS.length] ?? ['nothing', async () => {}]
        await deed()
        done.set(name, (done.get(name) ?? 0) + 1)
        await writer.untilWritten(500)
        const { written, latency } = writer.counts()
        t.comment(`${name}: ${written} writes, p99 ${latency.p99} ms`)
      }
      const counts = await writer.stop()
      const seconds = Math.round((performance.now() - begin) / 1000)
      t.strictSame([...counts.failed], [], 'no write failed')
      t.strictSame(counts.uninjected, [], 'every object was injected')
      t.ok(counts.written >= WANTED)
      const made = servedBy().reduce((sum, count) => sum + count, 0) - served
      const deeds = [...done].map(([name, count]) => `${name} ${count}`).join(', ')
      return `${counts.written} writes in ${seconds} s, ${failuresIn(counts)} failed, ${counts.uninjected.length} not injected; ${deeds}, certificates replaced ${made}`
    },
    'RUN-02': async t => {
      const writer = real().write({ keep: true, changes: 0 })
      await writer.untilWritten(50)
      await release().publish(null)
      await writer.untilWritten(200)
      const counts = await writer.stop()
      const seconds = await secondsUntil(
        'every object is injected',
        async () => (await bare()).length === 0,
      )
      t.strictSame([...counts.failed], [])
      t.ok(seconds < 10)
      return `${counts.written} writes, ${failuresIn(counts)} failed; ${counts.uninjected.length} were stored as they came, all injected ${seconds} s later`
    },
    'RUN-03': async t => {
      await Promise.all(all().map(({ kill }) => kill()))
      const dead = sleep(20_000)
      const writer = real().write({ keep: true, changes: 0, concurrency: 1 })
      await writer.untilWritten(300)
      const counts = await writer.stop()
      await dead
      const missing = (await bare()).length
      t.ok(missing > 100)
      await Promise.all(all().map(({ start }) => start()))
      await Promise.any(all().map(({ untilReady }) => untilReady()))
      const seconds = await secondsUntil(
        'every object is injected',
        async () => (await bare()).length === 0,
      )
      t.strictSame([...counts.failed], [])
      t.ok(seconds < 10)
      return `${counts.written} writes, ${failuresIn(counts)} failed; ${missing} were not injected, all were ${seconds} s after the first replica was ready`
    },
  },
  { skip, restore: () => real().restore() },
)
