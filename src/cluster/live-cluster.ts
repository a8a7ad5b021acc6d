import type { Place } from '../core/affected.ts'
import { type DetectedMesh, meshConfigMapsOf } from '../core/detected-meshes.ts'
import { controlPlanesIn, detectedIn, liveFacts, type Told } from '../core/live.ts'
import type { Collection, Snapshot } from '../core/snapshot.ts'
import type { Facts } from '../core/types.ts'
import { isStatus } from './api-status.ts'
import { Informer, type InformerPorts } from './informer.ts'
import { lingering } from './lingering.ts'
import { BOOTSTRAPS, meshConfigWatch, WATCHED, type Watched } from './resources.ts'
import { sinceTemplate } from './since-template.ts'
import { type Feed, Store } from './store.ts'

export interface LiveClusterPorts extends Omit<InformerPorts, 'onFailure' | keyof Feed> {
  readonly told: Told
  /** Whether the bootstraps of proxies are watched: it takes the right to see every ConfigMap. */
  readonly hasBootstraps: boolean
  /** Runs something later; answers how to prevent it. Milliseconds. */
  readonly later: (run: () => void, milliseconds: number) => () => void
  /** Hears what differs in each new snapshot. */
  readonly onTouched: (touched: readonly Place[]) => void
  readonly onFailure: (kind: string, error: unknown, retryAfterSeconds: number) => void
}

/** How late a burst of events shows. Milliseconds. */
const GATHER_MS = 50
/** How long the pods that have ended are still told of: Envoy forgets their addresses in the meantime. */
const LINGER_MS = 30_000
/** Without a sign of life for so long, what is known counts as old. A bookmark comes about each minute. */
export const STALE_MS = 5 * 60_000

/** What is known of the cluster, kept up to date by informers: reading it asks nobody and waits for nothing. */
export class LiveCluster {
  readonly #ports: LiveClusterPorts
  readonly #store: Store
  readonly #informers = new Map<string, Informer>()
  /** What one may not see and that need not be seen: it tells nothing then. */
  readonly #forgone = new Set<string>()
  #isSynced = false
  #isClosed = false
  #facts: Facts | undefined
  #base: { readonly facts: Facts; readonly of: readonly unknown[] } | undefined
  #detected: readonly DetectedMesh[] = []

  constructor(ports: LiveClusterPorts) {
    this.#ports = ports
    this.#store = new Store({
      soon: run => ports.later(run, GATHER_MS),
      onPublish: (snapshot, touched) => this.#take(snapshot, touched),
    })
    for (const watched of WATCHED) this.#watch(watched)
    if (ports.hasBootstraps) this.#watch(BOOTSTRAPS)
  }

  start(): void {
    for (const informer of this.#informers.values()) informer.start()
  }

  close(): void {
    this.#isClosed = true
    for (const informer of this.#informers.values()) informer.close()
  }

  /** Whether everything was heard of once; what is watched later on does not change that. */
  get isSynced(): boolean {
    if (!this.#isSynced && this.#haveAllSynced()) {
      // It may name more that is to be watched.
      this.#store.publish()
      this.#isSynced = this.#haveAllSynced()
    }
    return this.#isSynced
  }

  #haveAllSynced(): boolean {
    return this.#heeded().every(([, { isSynced }]) => isSynced)
  }

  /** Without those that one may not see and that need not be seen. */
  #heeded(): readonly (readonly [string, Informer])[] {
    return [...this.#informers].filter(([kind]) => !this.#forgone.has(kind))
  }

  /** Seconds since the last sign of life, by what is watched. */
  get staleness(): ReadonlyMap<string, number> {
    const now = this.#ports.now()
    return new Map(
      this.#heeded().map(([kind, { lastHeard }]) => [kind, Math.max(0, now - lastHeard) / 1000]),
    )
  }

  /** The facts of now. Before everything was heard of once, they say that they are not yet known. */
  facts(): Facts {
    if (!this.isSynced || this.#facts === undefined)
      return { ...this.#ports.told.facts, isSynced: false }
    const now = this.#ports.now()
    const isStale = this.#heeded().some(([, { lastHeard }]) => now - lastHeard > STALE_MS)
    if (isStale !== this.#facts.isStale) this.#facts = { ...this.#facts, isStale }
    return this.#facts
  }

  #watch({ collection, resource, isOptional = false }: Watched): void {
    const { kind } = resource
    if (this.#informers.has(kind)) return
    const { onFailure } = this.#ports
    const ports = {
      ...this.#ports,
      ...this.#feed(collection),
      onFailure: (error: unknown, seconds: number) => {
        if (isOptional && isStatus(error, 403)) this.#forgone.add(kind)
        onFailure(kind, error, seconds)
      },
    }
    this.#informers.set(kind, new Informer(resource, ports))
  }

  #feed(collection: Collection): Feed {
    const feed = this.#store.feed(collection)
    const { later } = this.#ports
    if (collection === 'pods') return lingering(feed, { milliseconds: LINGER_MS, later })
    return collection === 'deployments' || collection === 'daemonSets' ? sinceTemplate(feed) : feed
  }

  #take(snapshot: Snapshot, touched: readonly Place[]): void {
    // What has just come in would begin further watches.
    if (this.#isClosed) return
    const { deployments, daemonSets, configMaps, settings } = snapshot
    const of = [deployments, daemonSets, configMaps, settings]
    // Proxies and control planes change seldom, and reading them takes a while.
    if (this.#base === undefined || of.some((found, at) => found !== this.#base?.of[at]))
      this.#base = { facts: this.#baseFacts(snapshot), of }
    this.#facts = { ...this.#base.facts, snapshot, isStale: this.#facts?.isStale ?? false }
    this.#ports.onTouched(touched)
  }

  #baseFacts(snapshot: Snapshot): Facts {
    const { told } = this.#ports
    for (const { namespace, name } of meshConfigMapsOf(controlPlanesIn(told, snapshot))) {
      this.#watch(meshConfigWatch(namespace, name))
      this.start()
    }
    this.#detected = detectedIn(told, snapshot, this.#detected)
    return liveFacts(told, snapshot, this.#detected)
  }
}
