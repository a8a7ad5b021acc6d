import { keyOfPlace, type Place } from '../../src/core/affected.ts'
import type { ApplyOutcome, Change } from '../../src/core/plan.ts'
import { type Collection, snapshotOf } from '../../src/core/snapshot.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { Reconciler } from '../../src/reconcile/reconciler.ts'
import { type Asked, keyOf, ObjectServer } from '../stand-ins/object-server.ts'
import { facts, mesh } from './build.ts'
import { handTimers, type Scope } from './hand-timers.ts'

const EVERYTHING: readonly Collection[] = ['configMaps', 'deployments', 'daemonSets', 'upstreams']

/** What is known of the cluster, and how far the process may act on it. */
export class Surroundings {
  isSynced = true
  isLeader = true
  isStale = false
  /** How late the watch is. Milliseconds. */
  lag = 10
  base: Facts = facts(mesh('istio-system.istio'))
  readonly known = new Map<string, JsonObject>()
  #snapshot = snapshotOf([])

  take(key: string, object: JsonObject | undefined): void {
    if (object) this.known.set(key, object)
    else this.known.delete(key)
    this.#snapshot = snapshotOf([...this.known.values()])
  }

  readonly facts = (): Facts | undefined =>
    this.isSynced
      ? { ...this.base, snapshot: this.#snapshot, isLive: true, isStale: this.isStale }
      : undefined
}

/** Lines that tell what a reconciler says, `written upstreams gloo-system/a` for instance. */
const listen = () => {
  const said = { decided: [] as string[], applied: [] as string[], contested: [] as string[] }
  const ports = {
    onDecided: (place: Place, change: Change | undefined) => {
      said.decided.push(`${change?.decision.finding.reason ?? 'gone'} ${keyOfPlace(place)}`)
    },
    onApplied: (place: Place, _: Change, { kind }: ApplyOutcome) => {
      said.applied.push(`${kind} ${keyOfPlace(place)}`)
    },
    onContested: (place: Place) => {
      said.contested.push(keyOfPlace(place))
    },
  }
  return { said, ports }
}

interface Options {
  readonly collections?: readonly Collection[]
  readonly surroundings?: Partial<Surroundings>
  /** How much time passes each time that somebody looks at the clock. Milliseconds. */
  readonly costOfNow?: number
}

/** A reconciler, not started yet, in a cluster of these objects; all of it goes by a clock moved by hand. */
export const reconciled = (scope: Scope, objects: readonly JsonObject[], options: Options = {}) => {
  const clock = handTimers(scope)
  const { sleep } = clock
  const around = Object.assign(new Surroundings(), options.surroundings)
  const { said, ports } = listen()
  let heardAt = 0
  const hear = async (place: Place, object: JsonObject | undefined) => {
    // A watch that catches up keeps to the order of its events.
    heardAt = Math.max(heardAt, clock.now() + around.lag)
    await clock.sleep(heardAt - clock.now())
    around.take(keyOfPlace(place), object)
    reconciler.touched([place])
  }
  const server = new ObjectServer({
    now: clock.now,
    sleep,
    onStored: (...told) => void hear(...told),
  })
  const now = () => {
    clock.stall(options.costOfNow ?? 0)
    return clock.now()
  }
  const reconciler = new Reconciler({
    ...ports,
    now,
    sleep,
    facts: around.facts,
    isLeader: () => around.isLeader,
    collections: options.collections ?? EVERYTHING,
    apply: server.apply,
  })
  for (const object of objects) around.take(keyOf(object), server.add(object))
  const started = clock.now()
  /** Seconds after the beginning at which writes were asked for. */
  const seconds = (asked: readonly Asked[] = server.asked) =>
    asked.map(({ at }) => Math.round((at - started) / 100) / 10)
  scope.teardown(async () => {
    const closed = reconciler.close()
    await clock.advance(60_000)
    await closed
  })
  return { clock, around, said, server, reconciler, seconds }
}
