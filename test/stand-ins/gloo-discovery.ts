import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import { field, fieldAt, isSet, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { type Actor, actAs, makeAccounts, type Written } from './gloo-accounts.ts'
import {
  type Dialect,
  isDiscovered,
  isOutdated,
  nameOf,
  takeOver,
  updateOf,
  upstreamsFor,
} from './gloo-discovered.ts'

export interface DiscoveryOptions {
  /** Of an administrator, who impersonates the ServiceAccounts of Gloo. */
  readonly kubeConfig: KubeConfig
  /** Where Upstreams are written; it must be there. Default: gloo-system. */
  readonly namespace?: string
  /** Default: flat. */
  readonly dialect?: Dialect
  /** How long a change by others lasts. Default: 2000. */
  readonly revertAfterMs?: number
  /** Whether Gloo is there too, and reports a status wherever there is none. Default: false. */
  readonly reportStatus?: boolean
}

const INTERVAL_MS = 200
const DEFAULTS = { namespace: 'gloo-system', dialect: 'flat', revertAfterMs: 2000 } as const
const REPORT = { reported_by: 'gloo', state: 1 }

/**
 * Gloo's discovery: an Upstream for each port of each Service. What it first sees set on one it takes over,
 * and puts back when others change it; it forgets that when it starts anew and when any Service changes.
 * Throws when its ServiceAccount cannot be made. What fails later on is tried again on the next turn.
 */
export const startDiscovery = async (options: DiscoveryOptions) => {
  const settings = { ...DEFAULTS, ...options }
  await makeAccounts(settings.kubeConfig, settings.namespace)
  const log: Written[] = []
  const stopping = new AbortController()
  const start = (by: Written['by'], turnOf: (actor: Actor) => () => Promise<unknown>) => {
    const actor = actAs(settings, by, write => log.push(write))
    return repeat(turnOf(actor), stopping.signal).finally(actor.close)
  }
  const running = [start('discovery', actor => discovery(actor, settings))]
  if (options.reportStatus) running.push(start('gloo', reporter))
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
    },
    /** How many so far, those of Gloo included. */
    writes: () => log.length,
    log: (): readonly Written[] => log,
  }
}

type Settings = DiscoveryOptions &
  Required<Pick<DiscoveryOptions, 'namespace' | 'dialect' | 'revertAfterMs'>>

/** Only news make it compare: of Services at once, of Upstreams after a while, of a status never. */
const discovery = (actor: Actor, { namespace, dialect, revertAfterMs }: Settings) => {
  let wanted: readonly JsonObject[] = []
  let [heard, settled, due] = ['', '', 0]
  return async () => {
    const services = await actor.list('/api/v1/services')
    const upstreams = await actor.list(`/apis/gloo.solo.io/v1/namespaces/${namespace}/upstreams`)
    const stored = new Map(upstreams.map(upstream => [nameOf(upstream), upstream]))
    const [news, state] = [services.map(versionOf).join(), contentOf(stored)]
    if (news !== heard) {
      wanted = services.flatMap(service => upstreamsFor(service, namespace, dialect))
      ;[heard, due] = [news, 0]
    }
    if (state !== settled) due = Math.min(due, Date.now() + revertAfterMs)
    wanted = wanted.map(upstream => takeOver(upstream, stored.get(nameOf(upstream)), dialect))
    if (Date.now() < due) return
    settled = contentOf(await reconcile(actor, wanted, stored, dialect))
    // A write of its own is news too, unless an admission webhook left nothing of it.
    due = settled === state ? Number.POSITIVE_INFINITY : Date.now() + revertAfterMs
  }
}

/** In order, and the first failure ends it, as in Gloo. Answers what is stored then. */
const reconcile = async (
  actor: Actor,
  wanted: readonly JsonObject[],
  stored: ReadonlyMap<string, JsonObject>,
  dialect: Dialect,
) => {
  const after = new Map(stored)
  for (const upstream of wanted) {
    const [name, found] = [nameOf(upstream), stored.get(nameOf(upstream))]
    if (found === undefined) after.set(name, await actor.write('create', upstream))
    else if (isOutdated(found, upstream, dialect))
      after.set(name, await actor.write('update', updateOf(found, upstream)))
  }
  const names = new Set(wanted.map(nameOf))
  for (const [name, upstream] of stored)
    if (isDiscovered(upstream) && !names.has(name)) {
      await actor.write('delete', upstream)
      after.delete(name)
    }
  return after
}

const reporter = (actor: Actor) => async () => {
  const upstreams = await actor.list('/apis/gloo.solo.io/v1/upstreams')
  const silent = upstreams.filter(upstream => !isSet(fieldAt(upstream, 'status', 'state')))
  await Promise.allSettled(
    silent.map(upstream => actor.write('update', { ...upstream, status: REPORT })),
  )
}

const repeat = async (turn: () => Promise<unknown>, signal: AbortSignal) => {
  while (!signal.aborted) {
    // A conflict, a refusal or a control plane on its way down: the next turn looks again.
    await turn().catch(() => {})
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {})
  }
}

const versionOf = (object: JsonObject) => textAt(object, 'metadata', 'resourceVersion')

/** All that is news when it changes. */
const contentOf = (upstreams: ReadonlyMap<string, JsonObject>) =>
  JSON.stringify(
    [...upstreams].map(([name, { metadata, spec }]) => [
      name,
      field(metadata, 'labels'),
      field(metadata, 'annotations'),
      spec,
    ]),
  )
