import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, t } from 'tap'
import { field, fieldAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { discovered } from '../harness/live.ts'
import { annotated } from '../harness/writer.ts'
import { skipUnless } from '../parts/parts.ts'
import type { Replica } from '../parts/replicas.ts'
import type { Asked, TroubleOf } from '../stand-ins/troubled-proxy.ts'
import { proveFaults } from './fault.ts'
import { NETWORK } from './network.ts'
import { isOfLease, isWatch, LEASE, type NetworkStage, setNetworkStage } from './network-stage.ts'
import { secondsUntil, tellOf, untilFound } from './stage.ts'
import { setTeam } from './team.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')

/** How long a change may take to be written once all is well: the longest pause is 30 s. */
const FOLLOWED_S = 45

/** How long until all is listed anew: the longest pause before the watch, another before the list. */
const RELISTED_S = 90

/** A failure is that of the test that asks for it, and not before. */
const settled = <T>(work: Promise<T>): (() => Promise<T>) => {
  work.catch(() => {})
  return () => work
}

/** Reviews over three connections that are idle in between; the connections that each took. */
const goIdle = ({ reviewer, spare }: NetworkStage) =>
  [72, 85, 95].map(async seconds => {
    const { isFilled, connections, close } = reviewer(spare.port)
    t.teardown(close)
    const isFirst = await isFilled(annotated('first'))
    await sleep(seconds * 1000)
    const isSecond = await isFilled(annotated('second'))
    return { isFilled: isFirst && isSecond, connections: connections() }
  })

/** One replica hears nothing any more, and then there is something to hear. */
const goDeaf = async (stage: NetworkStage) => {
  const { reviewer, spare, proxyOf } = stage
  const team = await setTeam(stage, 'team-deaf', 1)
  const { isFilled, close } = reviewer(spare.port)
  t.teardown(close)
  proxyOf(spare).deafen()
  await team.flip()
  return { spare, knows: () => isFilled(discovered('team-deaf', 'service-0')) }
}

/** After how long it knows, and what it showed until then. */
const listen = async ({ spare, knows }: Awaited<ReturnType<typeof goDeaf>>) => {
  const begin = performance.now()
  let [stale, unready] = [0, 0]
  while (!(await knows()) && performance.now() < begin + 300_000) {
    const shown = await spare.metric('gloo_istio_watch_staleness_seconds{watch="namespaces"}')
    stale = Math.max(stale, shown ?? 0)
    if (!(await spare.isReady())) unready++
    await sleep(1_000)
  }
  return { seconds: Math.round((performance.now() - begin) / 1000), stale, unready }
}

/** What takes minutes begins before all else, and is looked at last. */
const prepare = async () => {
  const stage = await setNetworkStage(t)
  const team = await setTeam(stage, 'team-network', 5)
  const idle = settled(Promise.all(goIdle(stage)))
  const deaf = settled(listen(await goDeaf(stage)))
  return { ...stage, team, idle, deaf }
}

const stage = skip ? undefined : await prepare()
const real = (): NonNullable<typeof stage> => {
  if (stage === undefined) throw new TypeError('skipped')
  return stage
}

const sum = (counts: Iterable<number>): number => [...counts].reduce((one, two) => one + two, 0)
const isWriteOfUpstream = ({ method, url }: Asked): boolean =>
  method === 'PATCH' && url.pathname.includes('/upstreams/')

/** A watch that stood so long is sound: what failed before it delays nothing any more. */
const SOUND_MS = 11_000

/** From long ago, whatever a watch would have gone on from. */
const FORGOTTEN = { resourceVersion: '1' }
const isForgotten = (asked: Asked): boolean =>
  isWatch(asked) && asked.url.searchParams.get('resourceVersion') === FORGOTTEN.resourceVersion
const isList = ({ url }: Asked): boolean => url.searchParams.has('limit')

const askedBy = (replica: Replica): readonly Asked[] => real().proxyOf(replica).asked
const resourceOf = ({ url: { pathname, searchParams } }: Asked): string =>
  [pathname, searchParams.get('labelSelector'), searchParams.get('fieldSelector')].join(' ')
const resourcesOf = (asked: readonly Asked[]): ReadonlySet<string> => new Set(asked.map(resourceOf))

/** Resources that were not listed since their watch was told that it is too old. */
const notListedSince = (asked: readonly Asked[]): ReadonlySet<string> => {
  const left = new Set<string>()
  for (const one of asked) {
    if (isForgotten(one)) left.add(resourceOf(one))
    if (isList(one)) left.delete(resourceOf(one))
  }
  return left
}

/** The next watch of each resource goes on from what is forgotten: the API server answers it itself. */
const forgetOnce = (replica: Replica): TroubleOf => {
  const before = new Set(askedBy(replica))
  const next = new Map<string, Asked>()
  return asked => {
    if (!isWatch(asked) || before.has(asked)) return undefined
    const key = resourceOf(asked)
    if (!next.has(key)) next.set(key, asked)
    return next.get(key) === asked ? { kind: 'query', query: FORGOTTEN } : undefined
  }
}

const soleLeader = (): Promise<Replica> =>
  untilFound('one leads', async () => {
    const [leader, ...others] = await real().leaders()
    return others.length === 0 ? leader : undefined
  })

/** 15 s in which replicas get no other answer, under load. */
const storm = async (t: Test, code: number, headers = {}): Promise<string> => {
  const { trouble, cut, asked, losingNothing, team, serving } = real()
  t.teardown(() => trouble(undefined))
  const before = asked().length
  let during = 0
  const told = await losingNothing(t, async () => {
    trouble(() => ({ kind: 'answer', answer: () => ({ code, headers }) }))
    cut()
    await sleep(15_000)
    during = asked().length - before
    trouble(undefined)
  })
  const rate = during / 15 / serving.length
  t.ok(rate > 0.2, 'they did ask')
  t.ok(rate < 10, `${rate} requests a second`)
  const seconds = await team.followed()
  t.ok(seconds < FOLLOWED_S)
  return `${rate.toFixed(1)} requests a second of a replica, followed after ${seconds} s; ${told}`
}

/** Answers as the API server would if this replica had the Lease, whatever there is. */
const lies = (lease: JsonObject): TroubleOf => {
  let [stored, version] = [lease, 1]
  const answer = (body: string) => {
    if (body !== '') {
      const metadata = { ...Object(field(lease, 'metadata')), resourceVersion: `${++version}` }
      stored = { ...JSON.parse(body), metadata }
    }
    return { code: 200, body: stored }
  }
  return asked => (isOfLease(asked) ? { kind: 'answer', answer } : undefined)
}

const messages = (failed: ReadonlyMap<string, number>): string => [...failed.keys()].join('\n')

/** The one that the API server has most connections with. */
const busiest = (): Replica => {
  const { serving, replicas } = real()
  const openOf = ({ name }: Replica) => replicas.balancer.counts(name).open
  const [first] = serving.toSorted((one, two) => openOf(two) - openOf(one))
  if (first === undefined) throw new TypeError('no replica')
  return first
}

/** How many connections with it there were between two looks. */
const connectionsOf = (name: string) => {
  const { balancer } = real().replicas
  const before = balancer.counts(name)
  return () => before.open + balancer.counts(name).opened - before.opened
}

proveFaults(
  t,
  NETWORK,
  {
    'NET-01': async t => {
      const { controlPlane, reviewer, replicas, team, serving, losingNothing } = real()
      const { isFilled, close } = reviewer(replicas.balancer.port)
      t.teardown(close)
      await controlPlane.halt()
      const begin = performance.now()
      let reviews = 0
      try {
        while (performance.now() < begin + 60_000) {
          if (!(await isFilled(annotated('away')))) throw new Error('not filled')
          reviews++
          await sleep(50)
          if (reviews % 100 !== 0) continue
          const ready = await Promise.all(serving.map(({ isReady }) => isReady()))
          t.ok(ready.every(Boolean), 'ready')
        }
      } finally {
        await controlPlane.resume()
      }
      const seconds = await team.followed()
      t.ok(seconds < FOLLOWED_S)
      const told = await losingNothing(t, () => sleep(500))
      return `${reviews} reviews answered meanwhile, followed after ${seconds} s; ${told}`
    },
    'NET-02': t => storm(t, 429, { 'retry-after': '1' }),
    'NET-03': t => storm(t, 500),
    'NET-04': async t => {
      const { controlPlane, trouble, proxyOf, cut, team, serving } = real()
      t.teardown(() => trouble(undefined))
      // One that has run since the cluster was empty still knows its first version.
      await controlPlane.restart()
      await team.followed()
      await sleep(SOUND_MS)
      const began = serving.map(replica => askedBy(replica).length)
      const watched = serving.map(replica => resourcesOf(askedBy(replica).filter(isWatch)))
      for (const replica of serving) proxyOf(replica).trouble(forgetOnce(replica))
      cut()
      await team.flip()
      const seconds = await secondsUntil('it is written', team.hasFollowed, 60)
      t.ok(seconds < FOLLOWED_S)
      const more = await secondsUntil(
        'each watch has gone on from there, and all is listed anew',
        async () =>
          serving.every((replica, at) => {
            const since = askedBy(replica).slice(began[at])
            const forgotten = resourcesOf(since.filter(isForgotten))
            return forgotten.size === watched[at]?.size && notListedSince(since).size === 0
          }),
        RELISTED_S,
      )
      const watches = sum(watched.map(({ size }) => size))
      return `${watches} watches of three replicas; written after ${seconds} s, all listed anew ${more} s later`
    },
    'NET-05': async t => {
      const { proxyOf, leaders } = real()
      const team = await setTeam(real(), 'team-cut-off', 5)
      const old = await soleLeader()
      const proxy = proxyOf(old)
      t.teardown(() => proxy.trouble(undefined))
      proxy.trouble(asked => (isWriteOfUpstream(asked) ? { kind: 'hold' } : undefined))
      await team.flip()
      await secondsUntil('writes are under way', async () => proxy.held() > 0)
      const held = proxy.held()
      proxy.trouble(() => ({ kind: 'hold' }))
      let most = 0
      const seconds = await secondsUntil(
        'another leads',
        async () => {
          const leading = await leaders()
          most = Math.max(most, leading.length)
          return leading.some(({ name }) => name !== old.name)
        },
        40,
      )
      await secondsUntil('it has written', team.hasFollowed)
      proxy.trouble(undefined)
      await secondsUntil('the old one has heard', async () => !(await leaders()).includes(old))
      await sleep(2_000)
      t.equal(most, 1, 'never two')
      t.strictSame(await team.changes(), [1, 1, 1, 1, 1])
      const written = team.outcomes().filter(outcome => outcome === 'written').length
      t.equal(written, 5)
      return `another led after ${seconds} s; ${held} writes came late, 5 of 5 Upstreams written once`
    },
    'NET-06': async t => {
      const { live, proxyOf, leaders } = real()
      const team = await setTeam(real(), 'team-two', 5)
      const old = await soleLeader()
      const lease = await live.api.request({ path: LEASE })
      t.teardown(() => proxyOf(old).trouble(undefined))
      proxyOf(old).trouble(lies(lease))
      await sleep(100)
      await live.api.request({
        method: 'PATCH',
        path: LEASE,
        body: { spec: { holderIdentity: '', leaseDurationSeconds: 1 } },
        contentType: 'application/merge-patch+json',
      })
      await secondsUntil('two lead', async () => (await leaders()).length === 2)
      const begin = performance.now()
      let changes = 0
      while (performance.now() < begin + 30_000) {
        await team.followed()
        changes++
        t.equal((await leaders()).length, 2)
        await sleep(3_000)
      }
      t.strictSame(new Set(await team.changes()), new Set([changes]))
      proxyOf(old).trouble(undefined)
      const seconds = await secondsUntil('one leads', async () => (await leaders()).length === 1)
      const outcomes = team.outcomes()
      const conflicts = outcomes.filter(outcome => outcome === 'conflict').length
      t.equal(outcomes.filter(outcome => outcome === 'written').length, 5 * changes)
      return `5 Upstreams switched ${changes} times: ${5 * changes} writes, ${conflicts} conflicts; one leader ${seconds} s after`
    },
    'NET-07': async t => {
      const { replicas, write, losingNothing } = real()
      const writer = write()
      await writer.untilWritten(20)
      const { name, metric } = busiest()
      const connections = connectionsOf(name)
      t.teardown(() => replicas.balancer.trouble(name, undefined))
      replicas.balancer.trouble(name, { kind: 'reset', afterBytes: 40_000 })
      await writer.untilWritten(100)
      await secondsUntil('writes are cut off', async () => writer.counts().failed.size > 0)
      await sleep(3_000)
      replicas.balancer.trouble(name, undefined)
      await writer.untilWritten(50)
      const counts = await writer.stop()
      const concerned = connections()
      const failed = sum(counts.failed.values())
      t.ok(failed <= concerned, 'one at most of each connection')
      t.match(messages(counts.failed), /^(500 Internal error.*failed calling webhook.*\n?)+$/)
      t.strictSame(counts.uninjected, [])
      await secondsUntil('nothing is left', async () => {
        return (await metric('gloo_istio_reviews_in_flight')) === 0
      })
      await losingNothing(t, () => sleep(500))
      return `${failed} of ${concerned} connections cost a write; ${tellOf(counts)}`
    },
    'NET-08': async t => {
      const { replicas, write, losingNothing } = real()
      const { balancer } = replicas
      const writer = write()
      await writer.untilWritten(50)
      const { name, port } = busiest()
      const connections = connectionsOf(name)
      t.teardown(() => {
        balancer.trouble(name, undefined)
        if (!balancer.has(name)) balancer.add(name, port)
      })
      balancer.trouble(name, { kind: 'blackhole' })
      await secondsUntil('something is swallowed', async () => balancer.counts(name).heldBack > 0)
      await sleep(3_000)
      const concerned = connections()
      balancer.remove(name)
      await sleep(6_000)
      const soon = sum(writer.counts().failed.values())
      await writer.untilWritten(100)
      const counts = await writer.stop()
      const failed = sum(counts.failed.values())
      t.ok(failed > 0, 'writes were swallowed')
      t.ok(failed <= concerned, 'one at most of each connection')
      t.match(messages(counts.failed), /deadline exceeded|Timeout/)
      t.strictSame(counts.uninjected, [])
      balancer.add(name, port)
      await secondsUntil('it is back', async () => balancer.isReady(name))
      const told = await losingNothing(t, () => sleep(500))
      return `${failed} of ${concerned} connections cost a write, ${failed - soon} of them 6 s after the endpoint was gone; ${counts.written} stored, all injected; then ${told}`
    },
    'NET-09': async t => {
      const { replicas, serving, write } = real()
      const { balancer } = replicas
      const slow = { kind: 'delay', milliseconds: 200 } as const
      const slowDown = (trouble: typeof slow | undefined): void => {
        for (const { name } of serving) balancer.trouble(name, trouble)
      }
      t.teardown(() => slowDown(undefined))
      slowDown(slow)
      const writer = write()
      await writer.untilWritten(60)
      const counts = await writer.stop()
      slowDown(undefined)
      t.ok(counts.latency.p50 >= 400, 'it did take so long')
      t.strictSame([...counts.failed], [])
      t.strictSame(counts.uninjected, [])
      return `a write took ${counts.latency.p50} ms at the median, ${counts.latency.max} at most; ${tellOf(counts)}`
    },
    'NET-10': async t => {
      const { serving, cut, losingNothing, team } = real()
      const told = await losingNothing(t, async () => {
        for (const replica of serving) replica.order({ do: 'lose-names', milliseconds: 15_000 })
        await sleep(500)
        cut()
        await sleep(15_000)
      })
      const unresolved = serving.filter(({ log }) =>
        log().some(line => /EAI_AGAIN/.test(String(fieldAt(line, 'err', 'message')))),
      )
      t.equal(unresolved.length, serving.length, 'each says why')
      const seconds = await team.followed()
      t.ok(seconds < FOLLOWED_S)
      return `followed after ${seconds} s; ${told}`
    },
    'NET-11': async t => {
      const wanted = { isFilled: true, connections: 1 }
      t.strictSame(await real().idle(), [wanted, wanted, wanted])
      return '3 of 3 reviews answered, each on the connection of the first'
    },
    'NET-12': async t => {
      const { seconds, stale, unready } = await real().deaf()
      t.ok(seconds > 60, 'it did not hear')
      t.ok(seconds < 200)
      t.ok(stale > 60, 'the metric shows it')
      t.equal(unready, 0)
      return `known after ${seconds} s; the metric showed ${Math.round(stale)} s of silence, ready all the while`
    },
  },
  { skip, restore: () => real().restore() },
)
