import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, t } from 'tap'
import { BODY_LIMIT } from '../../src/server/admission.ts'
import { DEFAULT_SETTINGS } from '../../src/server/settings.ts'
import { reviewOf, upstream } from '../harness/build.ts'
import { startWriter } from '../harness/writer.ts'
import { skipUnless } from '../parts/parts.ts'
import type { Replica } from '../parts/replicas.ts'
import { startAttacked } from './attacked.ts'
import { proveFaults } from './fault.ts'
import {
  dialTcp,
  dialTls,
  drip,
  headOf,
  many,
  type Posted,
  postTo,
  sendHalf,
  untilAllEnded,
} from './flood.ts'
import { LOAD } from './load.ts'
import { type FaultStage, secondsUntil, setFaultStage, tellOf } from './stage.ts'

const WRITERS = 2
const TIMEOUT_SECONDS = 10
/** MiB of a replica; its container is given 1 GiB. */
const MEMORY = 700

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
const stage = skip
  ? undefined
  : await setFaultStage(t, {
      flags: ['--drain=3s', '--connection-age=5s'],
      values: { webhook: { timeoutSeconds: TIMEOUT_SECONDS } },
      writer: { concurrency: WRITERS },
    })
const real = (): FaultStage => {
  if (stage === undefined) throw new TypeError('skipped')
  return stage
}
const all = (): readonly Replica[] => real().replicas.all
const target = (): Replica => {
  const [replica] = all()
  if (replica === undefined) throw new TypeError('no replica')
  return replica
}

const SLOW_HEAD = 'POST /mutate HTTP/1.1\r\nHost: x\r\nX-Slow: '
const ALL = DEFAULT_SETTINGS.maxInFlightBytes

/** Its outcomes, and how many requests had each. */
const outcomesIn = (metrics: string): Readonly<Record<string, number>> => {
  const outcomes: Record<string, number> = {}
  for (const [, outcome = '', count] of metrics.matchAll(
    /^gloo_istio_reviews_total\{.*outcome="(\w+)".*\} (\d+)$/gm,
  ))
    outcomes[outcome] = (outcomes[outcome] ?? 0) + Number(count)
  return outcomes
}
const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

const countBy = (statuses: readonly number[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** The most memory that a replica had while something was done, in MiB. */
const memoryDuring = async (replica: Replica, act: () => Promise<unknown>): Promise<number> => {
  let [most, isOver] = [0, false]
  const acting = act().finally(() => {
    isOver = true
  })
  while (!isOver) {
    const bytes = await replica.metric('process_resident_memory_bytes ')
    most = Math.max(most, (bytes ?? 0) / 2 ** 20)
    await sleep(200)
  }
  await acting
  return Math.round(most)
}

/** A review of exactly the largest length that is taken. */
const largeReview = (): Buffer => {
  const review = (pad: string) =>
    JSON.stringify(reviewOf(upstream({ status: { reportedBy: pad } })))
  return Buffer.from(review('x'.repeat(BODY_LIMIT - review('').length)))
}

/** Connections that send slowly, while somebody writes. */
const drippedBy = async (
  t: Test,
  count: number,
  first: (at: number) => string,
  within: number,
): Promise<string> => {
  let longest = 0
  const told = await real().losingNothing(t, async () => {
    const dripping = await many(count, 50, at => drip(target().port, first(at)))
    longest = await untilAllEnded(dripping, within + 10)
  })
  t.ok(longest <= within, `${longest} s`)
  return `none was open for longer than ${longest.toFixed(1)} s; ${told}`
}

/** Handshakes without a pause; answers how many there were. */
const shakeHands = async (port: number, atOnce: number, seconds: number): Promise<number> => {
  const end = performance.now() + seconds * 1_000
  let count = 0
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      const { socket } = await dialTls(port)
      count++
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return count
}

/** The part of the reviews that each replica had within so many seconds. */
const partsDuring = async (seconds: number): Promise<readonly number[]> => {
  const counted = () =>
    Promise.all(
      all().map(async ({ metrics }) => sumOf(outcomesIn(await metrics().catch(() => '')))),
    )
  const before = await counted()
  await sleep(seconds * 1_000)
  const reviewed = (await counted()).map((count, at) => count - (before[at] ?? 0))
  const sum = reviewed.reduce((total, count) => total + count, 0)
  return reviewed.map(count => count / sum)
}

const MIXED = {
  mutated: JSON.stringify(reviewOf(upstream())),
  skipped: JSON.stringify(reviewOf(upstream({}, {}))),
  notJson: '{"kind":',
  wrongKind: JSON.stringify(reviewOf({ apiVersion: 'v1', kind: 'Pod', metadata: {} })),
}

proveFaults(
  t,
  LOAD,
  {
    'LOAD-01': async t => {
      const { kubeconfig } = real().controlPlane
      const steady = real().write()
      await steady.untilWritten(100)
      const { latency: before } = await steady.stop()
      const writer = startWriter({ kubeconfig, concurrency: 10 * WRITERS })
      await writer.untilWritten(1_000)
      const counts = await writer.stop()
      const { failed, uninjected, latency } = counts
      t.strictSame([...failed], [])
      t.strictSame(uninjected, [])
      t.ok(latency.max < TIMEOUT_SECONDS * 1_000)
      return `${tellOf(counts)}; ${latency.p50} ms after ${before.p50} ms, ${latency.max} ms at most`
    },
    'LOAD-02': async t => {
      const body = largeReview()
      t.equal(body.length, BODY_LIMIT)
      let answers: readonly Posted[] = []
      let memory = 0
      const told = await real().losingNothing(t, async () => {
        memory = await memoryDuring(target(), async () => {
          answers = await many(100, 100, async () => {
            const begin = performance.now()
            const answer = await postTo(target().port, body)
            const seconds = (performance.now() - begin) / 1000
            if (answer.status === 0) t.ok(seconds > 1, `ended after ${seconds} s`)
            return answer
          })
        })
      })
      const counts = countBy(answers.map(({ status }) => status))
      t.strictSame(
        Object.keys(counts).filter(status => !['200', '429', '0'].includes(status)),
        [],
      )
      t.ok((counts[200] ?? 0) > 0 && (counts[429] ?? 0) > 0, JSON.stringify(counts))
      for (const { status, retryAfter } of answers) if (status === 429) t.equal(retryAfter, '1')
      t.ok(memory < MEMORY, `${memory} MiB`)
      return `${counts[200]} × 200, ${counts[429]} × 429; ${memory} MiB; ${told}`
    },
    'LOAD-03': t => drippedBy(t, 500, () => SLOW_HEAD, 15),
    'LOAD-04': t => drippedBy(t, 600, () => headOf(1_000), 35),
    'LOAD-05': t => drippedBy(t, 10, at => headOf(at < 9 ? BODY_LIMIT : ALL - 9 * BODY_LIMIT), 35),
    'LOAD-06': async t => {
      const { port } = target()
      let kept = 0
      let memory = 0
      const told = await real().losingNothing(t, async () => {
        memory = await memoryDuring(target(), async () => {
          const idle = [
            ...(await many(1_000, 50, () => dialTls(port))),
            ...(await many(9_000, 50, () => dialTcp(port))),
          ]
          await sleep(1_000)
          kept = idle.filter(({ socket }) => !socket.destroyed).length
          for (const { socket } of idle) socket.destroy()
        })
      })
      t.ok(kept <= DEFAULT_SETTINGS.maxConnections)
      t.ok(memory < MEMORY, `${memory} MiB`)
      return `${kept} kept; ${memory} MiB; ${told}`
    },
    'LOAD-07': async t => {
      let count = 0
      const told = await real().losingNothing(t, async () => {
        count = await shakeHands(target().port, 32, 10)
      })
      t.ok(count > 100)
      return `${count} handshakes; ${told}`
    },
    'LOAD-08': async t => {
      const others = all().slice(1)
      let parts: readonly number[] = []
      let before = 0
      const told = await real().losingNothing(t, async () => {
        await Promise.all(others.map(replica => replica.stop()))
        before = (await partsDuring(3))[0] ?? 0
        await Promise.all(others.map(replica => replica.start()))
        await Promise.all(others.map(replica => replica.untilReady()))
        await secondsUntil(
          'each has a fair part',
          async () => {
            parts = await partsDuring(4)
            return parts.every(part => part > 0.1)
          },
          30,
        )
      })
      const percents = parts.map(part => `${Math.round(part * 100)} %`)
      t.ok(before > 0.99)
      return `${percents.join(', ')}; ${told}`
    },
    'LOAD-09': async t => {
      const server = await startAttacked(t, ['--max-in-flight=2'])
      const { port } = server
      const before = sumOf(outcomesIn(await server.metrics()))
      const halves = await many(60, 60, () => sendHalf(port, MIXED.mutated))
      await sleep(300)
      const held = await Promise.all(halves.map(({ finish }) => finish()))
      const cut = await many(40, 40, () => sendHalf(port, MIXED.mutated))
      await sleep(300)
      for (const { breakOff } of cut) breakOff()
      await sleep(300)
      const kinds = [...Object.values(MIXED), 'x'.repeat(BODY_LIMIT + 1)]
      const mixed = await many(1_900, 40, at => {
        const body = at % 100 === 0 ? kinds[4] : kinds[at % 4]
        return postTo(port, body ?? '', false, at % 50 === 1 ? 'text/plain' : undefined)
      })
      const statuses = [...held, ...mixed].map(({ status }) => status)
      const counts = countBy(statuses)
      const outcomes = outcomesIn(await server.metrics())
      const { mutated = 0, skipped = 0, invalid = 0, shed = 0 } = outcomes
      const wrong = (counts[400] ?? 0) + (counts[413] ?? 0) + (counts[415] ?? 0)
      const busy = counts[429] ?? 0
      // Whoever broke off, or had to give way, does not know what it was counted as.
      const unheard = cut.length + (counts[0] ?? 0)
      t.equal(sumOf(outcomes) - before, 2_000)
      t.equal(mutated + skipped, counts[200])
      t.ok(mutated > 0 && skipped > 0 && wrong > 0 && busy > 0, 'there is some of each')
      t.ok(invalid >= wrong && invalid <= wrong + unheard)
      t.ok(shed >= busy && shed <= busy + unheard)
      const told = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`)
      return `2000 requests: ${told.join(', ')}`
    },
  },
  { skip, restore: () => real().restore() },
)
