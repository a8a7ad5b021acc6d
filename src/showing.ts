import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from './cluster/api.ts'
import { readCertificateEnds } from './cluster/certificate-ends.ts'
import { Interruptions } from './cluster/interruptions.ts'
import { LiveCluster } from './cluster/live-cluster.ts'
import { PermittedApi } from './cluster/permitted.ts'
import type { About, Status } from './core/dashboard.ts'
import type { Told } from './core/live.ts'
import type { Target } from './dashboard/commands.ts'
import { Feed } from './dashboard/feed.ts'
import { readPageFiles } from './dashboard/page-files.ts'
import { type Dashboard, openDashboard } from './dashboard/server.ts'

export interface ShowOptions {
  readonly api: ApiClient
  readonly told: Told
  /** 0 takes any. */
  readonly port: number
  readonly about: About
  readonly target: Target
}

export interface Showing {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Beside this file from source, and in the bundle beside the chunk that it is in. */
const PAGE = new URL('page/', import.meta.url)

/** How often it is looked whether the API server still answers. */
const TICK_MS = 500
const CERTIFICATES_MS = 60_000
const TOKEN_BYTES = 16

const clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (milliseconds: number, signal: AbortSignal) => sleep(milliseconds, undefined, { signal }),
  random: Math.random,
}

const later = (run: () => void, milliseconds: number) => {
  const timer = setTimeout(run, milliseconds).unref()
  return () => clearTimeout(timer)
}

/** The composition root of the dashboard: informers, what they tell, and the page that shows it. */
export const show = async (options: ShowOptions): Promise<Showing> => {
  const { told, about, target } = options
  const api = new PermittedApi(options.api)
  const interruptions = new Interruptions()
  const cluster = new LiveCluster({
    ...clock,
    api,
    later,
    told,
    hasBootstraps: true,
    onTouched: () => feed.touch(),
    onFailure: (watch, error) => interruptions.note(watch, error, clock.now()),
  })
  const status = (): Status => {
    const trouble = interruptions.trouble(cluster.staleness, clock.now())
    const calm = cluster.isSynced ? 'live' : 'loading'
    return {
      phase: trouble === undefined ? calm : 'lost',
      trouble: trouble ?? '',
      unseen: api.unseen,
      about,
    }
  }
  const feed = new Feed({
    now: clock.now,
    later,
    facts: () => cluster.facts(),
    isWatched: () => dashboard.viewers() > 0,
    tell: changes => dashboard.tellChanges(changes),
  })
  const dashboard = await openDashboard(
    {
      status,
      ways: () => feed.ways(),
      details: (namespace, name) => feed.details(namespace, name, target),
      files: readPageFiles(PAGE),
      token: randomBytes(TOKEN_BYTES).toString('base64url'),
    },
    options.port,
  )
  cluster.start()
  const stop = keepTelling({ status, feed, dashboard, api })
  return {
    url: dashboard.url,
    close: async () => {
      stop()
      feed.close()
      cluster.close()
      await dashboard.close()
    },
  }
}

interface Telling {
  readonly status: () => Status
  readonly feed: Feed
  readonly dashboard: Dashboard
  readonly api: PermittedApi
}

/** Tells the pages how it stands with the API server, and reads certificates, as long as somebody looks. */
const keepTelling = ({ status, feed, dashboard, api }: Telling): (() => void) => {
  const ending = new AbortController()
  let told = ''
  const tellStatus = () => {
    const now = status()
    const text = JSON.stringify(now)
    if (text === told) return
    told = text
    dashboard.tellStatus(now)
    // What is known may count from now on.
    feed.touch()
  }
  let read = { secrets: '', at: Number.NEGATIVE_INFINITY }
  const readCertificates = async () => {
    if (dashboard.viewers() === 0) return
    const secrets = feed.secrets()
    const isNew = read.secrets !== secrets.join()
    if (secrets.length === 0 || (!isNew && clock.now() - read.at < CERTIFICATES_MS)) return
    read = { secrets: secrets.join(), at: clock.now() }
    feed.knowCertificates(await readCertificateEnds(api, secrets, ending.signal))
  }
  const timer = setInterval(() => {
    tellStatus()
    // That the API server is away is told by the watches.
    readCertificates().catch(() => {})
  }, TICK_MS)
  return () => {
    clearInterval(timer)
    ending.abort()
  }
}
