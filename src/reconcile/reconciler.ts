import { allPlaces, keyOfPlace, type Place, placeOfKey } from '../core/affected.ts'
import { type ApplyOutcome, type Change, planOf } from '../core/plan.ts'
import { type Collection, objectIn } from '../core/snapshot.ts'
import type { Facts } from '../core/types.ts'
import { writeQueue } from './backfill.ts'
import { Contest } from './contest.ts'
import { WorkQueue } from './queue.ts'
import { Triggers } from './triggers.ts'

export interface ReconcilerPorts {
  /** What is known now; undefined before everything was heard of once. */
  readonly facts: () => Facts | undefined
  /** Whether this process is the one that writes. */
  readonly isLeader: () => boolean
  /** What this process has the right to write. */
  readonly collections: readonly Collection[]
  readonly apply: (change: Change) => Promise<ApplyOutcome>
  /** Hears what was decided about an object each time it is looked at; undefined once it is gone. */
  readonly onDecided: (place: Place, change: Change | undefined) => void
  readonly onApplied: (place: Place, change: Change, outcome: ApplyOutcome) => void
  /** Hears of a write that is put off, because somebody undid the one before. */
  readonly onContested: (place: Place, change: Change) => void
  /** Milliseconds. */
  readonly now: () => number
  /** Waits; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

/** What waits to be written; more would be planned too early. */
const PLANNED_AHEAD = 50
/** Reviews are answered by the same thread. */
const SLICE_MS = 10
const IDLE_MS = 1_000
const RESYNC_MS = 10 * 60_000
/** When a write is looked at once more. */
const CHECK_MS = 5_000
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 5 * 60_000

/** Brings objects in line with the facts, as long as it leads: looks at each that may differ, and writes. */
export class Reconciler {
  readonly #ports: ReconcilerPorts
  readonly #queue = new WorkQueue()
  readonly #triggers = new Triggers()
  readonly #contest = new Contest()
  readonly #failures = new Map<string, number>()
  readonly #underWay = new Set<string>()
  readonly #writes = writeQueue()
  readonly #closing = new AbortController()
  #wake = () => {}
  /** Whether it was on duty ever since: what happens while it is not is not heard. */
  #hasLookedAtAll = false
  #resyncAt = 0
  /** How many are taken out of the queue, and not looked at yet. */
  #taken = 0
  #running: Promise<void> | undefined

  constructor(ports: ReconcilerPorts) {
    this.#ports = ports
    this.#queue.onAdd(() => this.#wake())
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends what is being written, and writes no more. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    this.#writes.clear()
    await this.#writes.onIdle()
    await this.#running
  }

  /** How many objects wait to be looked at or written. */
  get backlog(): number {
    return this.#queue.size + this.#taken + this.#writes.size + this.#writes.pending
  }

  /** Hears what differs between two snapshots. */
  touched(places: readonly Place[]): void {
    const facts = this.#ports.facts()
    if (!this.#isOnDuty(facts) || !facts.snapshot) return
    const now = this.#ports.now()
    for (const { place, milliseconds } of this.#triggers.of(places, facts, facts.snapshot))
      this.#queue.add(keyOfPlace(place), now + milliseconds)
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const facts = this.#ports.facts()
      if (this.#isOnDuty(facts)) {
        const now = this.#ports.now()
        if (!this.#hasLookedAtAll || now >= this.#resyncAt) this.#lookAtAll(facts, now)
        await this.#work()
      } else this.#queue.clear()
      await this.#rest()
    }
  }

  /** Old facts are good enough for a write that has to be answered, but no reason to write. */
  #isOnDuty(facts: Facts | undefined): facts is Facts {
    const isOnDuty = facts !== undefined && !facts.isStale && this.#ports.isLeader()
    this.#hasLookedAtAll &&= isOnDuty
    return isOnDuty
  }

  #lookAtAll({ snapshot }: Facts, now: number): void {
    this.#resyncAt = now + RESYNC_MS
    this.#hasLookedAtAll = true
    if (snapshot) for (const place of allPlaces(snapshot)) this.#queue.add(keyOfPlace(place), now)
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing
    let sliceEnds = this.#ports.now() + SLICE_MS
    const due = this.#queue.takeDue(this.#ports.now())
    for (const [at, key] of due.entries()) {
      this.#taken = due.length - at
      if (this.#ports.now() >= sliceEnds) {
        await new Promise(setImmediate)
        sliceEnds = this.#ports.now() + SLICE_MS
      }
      while (this.#writes.size >= PLANNED_AHEAD && !signal.aborted)
        await this.#ports.sleep(SLICE_MS, signal).catch(() => {})
      if (signal.aborted || !this.#isOnDuty(this.#ports.facts())) break
      this.#look(key)
    }
    this.#taken = 0
  }

  /** Until something is due, or is put in. */
  async #rest(): Promise<void> {
    const waking = new AbortController()
    this.#wake = () => waking.abort()
    const due = this.#queue.nextDue ?? Number.POSITIVE_INFINITY
    const wait = Math.max(0, Math.min(IDLE_MS, due - this.#ports.now()))
    if (wait > 0 && !this.#closing.signal.aborted)
      await this.#ports.sleep(wait, waking.signal).catch(() => {})
    this.#wake = () => {}
  }

  #planOf(key: string): Change | undefined {
    const facts = this.#ports.facts()
    const { collection, namespace, name } = placeOfKey(key)
    const object = objectIn(facts?.snapshot?.[collection], namespace, name)
    return facts && object && planOf(object, facts, new Date(this.#ports.now()).toISOString())
  }

  #look(key: string): void {
    const place = placeOfKey(key)
    if (this.#underWay.has(key) || !this.#ports.collections.includes(place.collection)) return
    const change = this.#planOf(key)
    this.#ports.onDecided(place, change)
    if (change === undefined || change.patch.length === 0) {
      this.#failures.delete(key)
      return
    }
    const delay = this.#contest.delayOf(key, change, this.#ports.now())
    if (delay === undefined) {
      this.#underWay.add(key)
      void this.#writes.add(() => this.#write(key))
      return
    }
    if (delay.isNews) this.#ports.onContested(place, change)
    this.#queue.add(key, delay.until)
  }

  /** Plans once more, for the facts may have changed while it waited. */
  async #write(key: string): Promise<void> {
    const change = this.#planOf(key)
    const outcome =
      change && change.patch.length > 0 && this.#isOnDuty(this.#ports.facts())
        ? await this.#ports.apply(change)
        : undefined
    this.#underWay.delete(key)
    if (change === undefined || outcome === undefined) return
    const now = this.#ports.now()
    if (outcome.kind === 'written') this.#contest.note(key, change, outcome.resourceVersion, now)
    this.#follow(key, outcome, now)
    this.#ports.onApplied(placeOfKey(key), change, outcome)
  }

  #follow(key: string, outcome: ApplyOutcome, now: number): void {
    if (outcome.kind === 'written' || outcome.kind === 'gone') {
      this.#failures.delete(key)
      // A write that was undone on its way makes no event.
      if (outcome.kind === 'written') this.#queue.add(key, now + CHECK_MS)
      return
    }
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const asked = outcome.kind === 'unavailable' ? outcome.retryAfterSeconds * 1000 : 0
    const wait = Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS)
    this.#queue.add(key, now + Math.max(asked, wait))
  }
}
