import { once } from 'node:events'
import { openSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, t } from 'tap'
import { eventually } from '../harness/live.ts'
import type { WriterCounts } from '../harness/writer.ts'
import { startBalancer } from '../parts/balancer.ts'
import type { Order } from '../parts/inside.ts'
import { skipUnless } from '../parts/parts.ts'
import { freePort } from '../parts/ports.ts'
import type { Replica } from '../parts/replicas.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'
import { startTroubledProxy } from '../stand-ins/troubled-proxy.ts'
import { allowed } from './allowed.ts'
import { startAlone } from './alone.ts'
import { proveFaults } from './fault.ts'
import { dialTls, many } from './flood.ts'
import { keepOne, keepWriting, setFailurePolicy } from './kept.ts'
import { PROCESSES } from './processes.ts'
import { type FaultStage, secondsUntil, setFaultStage, tellOf, untilFound } from './stage.ts'

const WRITERS = 4
const TIMEOUT_SECONDS = 10

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
const stage = skip
  ? undefined
  : await setFaultStage(t, {
      flags: ['--drain=3s'],
      values: { webhook: { timeoutSeconds: TIMEOUT_SECONDS } },
      writer: { concurrency: WRITERS },
    })
const real = (): FaultStage => {
  if (stage === undefined) throw new TypeError('skipped')
  return stage
}

const all = (): readonly Replica[] => real().replicas.all
const leading = () => Promise.all(all().map(({ metric }) => metric('gloo_istio_leader')))
const leader = (): Promise<Replica> =>
  untilFound('one leads', async () => all()[(await leading()).indexOf(1)])
const follower = (): Promise<Replica> =>
  untilFound('one leads, and another does not', async () => {
    const said = await leading()
    return said.includes(1) ? all()[said.indexOf(0)] : undefined
  })

/** As the kubelet does with a container that has ended. */
const startAnew = async (replica: Replica, endsWithin = 30): Promise<void> => {
  await eventually('it has ended', async () => replica.hasExited(), endsWithin)
  await replica.start()
  await replica.untilReady()
}

const failuresOf = ({ failed }: WriterCounts): number =>
  [...failed.values()].reduce((sum, count) => sum + count, 0)

interface Harmed {
  /** Writes that may have been on their way to the replica. */
  readonly atMost: number
  readonly counts: WriterCounts
}

/**
 * Has somebody write while a replica is harmed. What may fail is one review a writer, and each connection
 * that is dialled to it while it is still in the Service.
 */
const harming = async (
  t: Test,
  replica: Replica,
  harm: () => Promise<unknown>,
): Promise<Harmed> => {
  const { balancer } = real().replicas
  const writer = real().write()
  await writer.untilWritten(100)
  const [opened, refused] = [balancer.counts(replica.name).opened, balancer.refused()]
  await harm()
  const dialled = balancer.counts(replica.name).opened - opened + balancer.refused() - refused
  await writer.untilWritten(100)
  const counts = await writer.stop()
  t.strictSame(counts.uninjected, [], 'nothing was stored that was not injected')
  t.notOk(
    [...counts.failed.keys()].filter(said => !said.includes('failed calling webhook')).join(),
    'no write fails for anything else',
  )
  const atMost = WRITERS + dialled
  t.ok(failuresOf(counts) <= atMost, `${tellOf(counts)}; at most ${atMost}`)
  return { atMost, counts }
}

const failsAtOnce = (t: Test, { failed }: WriterCounts): boolean =>
  t.notOk(
    [...failed.keys()].filter(said => /deadline exceeded|Client\.Timeout/.test(said)).join(),
    'at once',
  )

/**
 * Kills by way of `harm` while Upstreams are written that stay. `least` of them slip through at least; of one
 * replica that is killed there may happen to be none on its way.
 */
const slipping = async (
  t: Test,
  limit: number,
  harm: () => Promise<unknown>,
  least = 0,
): Promise<string> => {
  await setFailurePolicy(real(), 'Ignore')
  try {
    const { written, slipped, untilFilled } = await keepWriting(real(), async () => {
      await sleep(1_000)
      await harm()
    })
    const seconds = await untilFilled(allowed(limit))
    t.ok(slipped >= least, 'as many slipped through as have to')
    return `${written} writes, 0 failed, ${slipped} not injected at first; all filled after ${seconds} s`
  } finally {
    await setFailurePolicy(real(), 'Fail')
    await Promise.all(all().map(async replica => replica.hasExited() && startAnew(replica)))
  }
}

/** A review takes a millisecond: for some to be on their way, it has to stand still. */
const killWhileBusy = async (replica: Replica): Promise<void> => {
  replica.order({ do: 'block', milliseconds: 4_000 })
  await sleep(2_000)
  await replica.kill()
  await sleep(1_000)
}

/** Ends them all, and brings them back after 5 s. */
const allAway = async (end: (replica: Replica) => Promise<void>): Promise<void> => {
  await Promise.all(all().map(end))
  await sleep(5_000)
  await Promise.all(all().map(replica => startAnew(replica)))
}

/** The process says what nobody caught, drains and ends with 1. */
const uncaught = async (t: Test, order: Order): Promise<string> => {
  const replica = await follower()
  const told = await real().losingNothing(t, async () => {
    replica.order(order)
    await startAnew(replica)
  })
  t.ok(replica.log().some(({ msg }) => String(msg).startsWith('error that nobody caught')))
  const alone = await startAlone(t, { flags: ['--drain=1s'] })
  await alone.untilReady()
  alone.order(order)
  const { code } = await alone.ended
  t.equal(code, 1)
  return `drained and ended with ${code}; ${told}`
}

/** Its log goes nowhere; it answers all the same. */
const deaf = async (t: Test, alone: Awaited<ReturnType<typeof startAlone>>): Promise<string> => {
  await alone.untilReady()
  const seen = await alone.review(2_000)
  t.strictSame(seen, { 200: 2_000 })
  const { code, seconds } = await alone.end(5)
  t.equal(code, 0)
  return `2000 of 2000 reviews answered; ended with 0 after ${seconds.toFixed(1)} s`
}

const DEAF = ['--drain=0s', '--log-level=debug']

const NAMESPACES = '/api/v1/namespaces'
const NOT_HEARD = 'not everything in the cluster was heard of yet'

const readyzOf = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    get(
      `https://127.0.0.1:${port}/readyz`,
      { rejectUnauthorized: false, agent: false, timeout: 5_000 },
      response => void text(response).then(resolve, reject),
    )
      .once('timeout', () => reject(new Error('no answer')))
      .once('error', reject)
  })

/** A kubeconfig for an API server that takes its time, and says nothing of namespaces before it is told to. */
const slowKubeconfig = async (t: Test, milliseconds: number) => {
  const { controlPlane, dir } = real()
  const proxy = await startTroubledProxy({ ...controlPlane, dir, name: 'slow' })
  t.teardown(() => proxy.stop())
  proxy.trouble(({ url }) => (url.pathname === NAMESPACES ? { kind: 'hold' } : undefined))
  const slow = await startBalancer()
  t.teardown(() => slow.stop())
  slow.add('api', Number(new URL(proxy.url).port))
  await eventually('it stands between', async () => slow.isReady('api'))
  slow.trouble('api', { kind: 'delay', milliseconds })
  const file = join(dir, 'slow.kubeconfig')
  const url = proxy.url.replace(/\d+$/, `${slow.port}`)
  const installation = { namespace: 'gloo-istio', fullName: 'gloo-istio' }
  const access = JSON.parse(await kubeconfigOf(controlPlane, installation))
  access.clusters[0].cluster = { server: url, 'certificate-authority': proxy.caFile }
  writeFileSync(file, JSON.stringify(access), { mode: 0o600 })
  return { file, tellNamespaces: () => proxy.trouble(undefined) }
}

/** Writes so many at once that connections have to be dialled for them; those that fail are refused by name. */
const dialAnew = async (): Promise<void> => {
  const writes = await Promise.allSettled(Array.from({ length: 40 }, () => keepOne(real())))
  for (const write of writes)
    if (write.status === 'rejected' && !String(write.reason).includes('failed calling webhook'))
      throw write.reason
}

/** Far more connections than the process may have open. */
const fewFiles = async (t: Test): Promise<string> => {
  const alone = await startAlone(t, { maxFiles: 200 })
  await alone.untilReady()
  const idle = many(400, 50, () => dialTls(alone.port))
  const reviewed = alone.review(1_000)
  const dialled = await idle
  t.strictSame(await reviewed, { 200: 1_000 }, 'what is open goes on')
  const open = dialled.filter(({ socket }) => !socket.destroyed)
  t.ok(open.length < 200)
  t.equal(alone.child.exitCode, null)
  for (const { socket } of open) socket.destroy()
  const seconds = await alone.untilReady()
  t.ok(seconds < 5)
  return `${open.length} of 400 kept, 1000 of 1000 reviews answered meanwhile; ready after ${seconds} s`
}

proveFaults(
  t,
  PROCESSES,
  {
    'PROC-01': async t =>
      real().losingNothing(t, async () => {
        const replica = await leader()
        await replica.stop()
        await startAnew(replica)
      }),
    'PROC-02': t => real().losingNothing(t, () => real().replicas.roll()),
    'PROC-03': async t => {
      const replica = await follower()
      const { counts, atMost } = await harming(t, replica, async () => {
        await replica.kill()
        await startAnew(replica)
      })
      failsAtOnce(t, counts)
      return `${tellOf(counts)}; ${atMost} may have been on their way`
    },
    'PROC-04': async t => {
      const writer = real().write()
      await writer.untilWritten(50)
      await Promise.all(all().map(replica => replica.kill()))
      const refused = async () => failuresOf(writer.counts()) > 0
      const seconds = await secondsUntil('writes are refused', refused)
      await sleep(2_000)
      await Promise.all(all().map(replica => startAnew(replica)))
      const before = writer.counts().written
      await writer.untilWritten(100)
      const counts = await writer.stop()
      t.strictSame(counts.uninjected, [])
      t.ok([...counts.failed.keys()].every(said => said.includes('upstreams.gloo-istio.io')))
      t.ok(counts.written - before >= 100)
      return `${tellOf(counts)}, the first after ${seconds} s`
    },
    'PROC-05': async t => {
      const replica = await follower()
      return slipping(t, 10, () => killWhileBusy(replica))
    },
    'PROC-06': async t => {
      const replica = await leader()
      return slipping(t, 30, () => killWhileBusy(replica))
    },
    'PROC-07': t => slipping(t, 45, () => allAway(replica => replica.kill()), 1),
    'PROC-08': async t => {
      const replica = await follower()
      const { counts, atMost } = await harming(t, replica, async () => {
        replica.order({ do: 'exhaust-heap' })
        await startAnew(replica, 120)
      })
      return `${tellOf(counts)}; ${atMost} may have been on their way`
    },
    'PROC-09': async t => {
      const replica = await follower()
      let longest = 0
      const told = await real().losingNothing(t, async () => {
        replica.order({ do: 'block', milliseconds: 5_000 })
        // Whatever asks it after the order is behind that.
        longest = await secondsUntil('it is ready', () => replica.isReady(), 20)
      })
      t.ok(longest > 4, 'it stood still')
      return `ready again after ${longest} s; ${told}`
    },
    'PROC-10': async t => {
      const replica = await follower()
      const stall = TIMEOUT_SECONDS * 1_000 + 3_000
      let seconds = 0
      const { counts, atMost } = await harming(t, replica, async () => {
        replica.order({ do: 'block', milliseconds: stall })
        await sleep(stall)
        seconds = await secondsUntil('it is ready', () => replica.isReady())
      })
      t.ok(seconds < 5)
      return `${tellOf(counts)}; ${atMost} may have been on their way; ready after ${seconds} s`
    },
    'PROC-11': t => uncaught(t, { do: 'reject' }),
    'PROC-12': t => uncaught(t, { do: 'throw' }),
    'PROC-13': async t => {
      const replica = await follower()
      let seconds = 0
      const { counts, atMost } = await harming(t, replica, async () => {
        replica.order({ do: 'exhaust-files', milliseconds: 5_000 })
        await sleep(500)
        await dialAnew()
        await sleep(4_500)
        seconds = await secondsUntil('it is ready', () => replica.isReady())
      })
      t.notOk(replica.hasExited())
      t.ok(seconds < 5)
      return `${tellOf(counts)}; ${atMost} may have been on their way; ready after ${seconds} s`
    },
    'PROC-14': async t => fewFiles(t),
    'PROC-15': async t =>
      deaf(t, await startAlone(t, { stdout: openSync('/dev/full', 'w'), flags: DEAF })),
    'PROC-16': async t => {
      const alone = await startAlone(t, { stdout: 'pipe', flags: DEAF })
      await once(alone.child.stdout ?? alone.child, 'readable')
      alone.child.stdout?.destroy()
      return deaf(t, alone)
    },
    'PROC-17': async t => deaf(t, await startAlone(t, { stdout: 'pipe', flags: DEAF })),
    'PROC-18': async t => {
      const replica = await follower()
      const { file, tellNamespaces } = await slowKubeconfig(t, 100)
      const said = new Set<string>()
      const { counts } = real().replicas.balancer
      let seconds = 0
      const untilReady = async (): Promise<void> => {
        await replica.stop()
        const { opened } = counts(replica.name)
        await replica.start(`--kubeconfig=${file}`)
        const isReady = async (): Promise<boolean> => {
          const before = counts(replica.name).opened
          const words = (await readyzOf(replica.port).catch(() => undefined))?.trim()
          if (words === 'ok') return true
          // One that is not ready now was not ready then either.
          t.equal(before, opened, 'nobody dials it')
          if (words !== undefined) said.add(words)
          if (words === NOT_HEARD) tellNamespaces()
          return false
        }
        seconds = await secondsUntil('it is ready', isReady, 180)
      }
      try {
        const told = await real().losingNothing(t, untilReady)
        t.ok(said.has(NOT_HEARD), 'it says why')
        return `not ready for ${seconds} s: ${[...said].join('; ')}; ${told}`
      } finally {
        await replica.stop()
        await startAnew(replica)
      }
    },
    'PROC-19': async t => {
      const alone = await startAlone(t, { flags: ['--drain=60s'] })
      await alone.untilReady()
      alone.child.kill('SIGTERM')
      await sleep(500)
      t.equal(alone.child.exitCode, null, 'it drains')
      const { code, seconds } = await alone.end(2)
      t.equal(code, 0)
      return `ended with ${code}, ${seconds.toFixed(1)} s after the second`
    },
    'PROC-20': async t => {
      const taken = createServer().listen(0, '127.0.0.1')
      t.teardown(() => taken.close())
      await once(taken, 'listening')
      const address = taken.address()
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0
      const tries = [
        { port, metricsPort: await freePort() },
        { port: await freePort(), metricsPort: port },
      ]
      for (const ports of tries) {
        const { ended } = await startAlone(t, ports)
        const { code, said } = await ended
        t.equal(code, 1)
        t.match(said, new RegExp(`^gloo-istio: .*address already in use.*:${port};`))
      }
      return '2 × 1: address already in use, with the port'
    },
    'PROC-21': t => slipping(t, 10, () => allAway(replica => replica.stop()), 1),
  },
  { skip, restore: () => real().restore() },
)
