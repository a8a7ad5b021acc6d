import { isDeepStrictEqual } from 'node:util'
import { keyOfPlace, type Place } from '../../src/core/affected.ts'
import { fieldAt, textAt, withValue } from '../../src/core/json.ts'
import { type ApplyOutcome, aimOf, type Change, withPrecondition } from '../../src/core/plan.ts'
import { collectionOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { applied } from '../harness/cluster.ts'

export const placeOf = (object: JsonObject): Place => {
  const collection = collectionOf(object)
  if (collection === undefined) throw new TypeError(textAt(object, 'kind'))
  return {
    collection,
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name'),
  }
}

export const keyOf = (object: JsonObject): string => keyOfPlace(placeOf(object))

const VERSION = ['metadata', 'resourceVersion']
export const versionOf = (object: JsonObject): string => textAt(object, ...VERSION)

const GENERATION = ['metadata', 'generation']

/** Of what counts them, each spec is another. */
const withGeneration = (object: JsonObject, before: JsonObject | undefined): JsonObject => {
  const generation = fieldAt(before, ...GENERATION)
  return typeof generation !== 'number' || isDeepStrictEqual(object['spec'], before?.['spec'])
    ? object
    : withValue(object, GENERATION, generation + 1)
}

/** One write that was asked for, and its answer. */
export interface Asked {
  readonly at: number
  readonly key: string
  readonly aim: string
  readonly from: string
  readonly kind: ApplyOutcome['kind']
  /** The version that it was stored as; undefined when it was not, or another webhook had its way. */
  readonly stored: string | undefined
}

export interface ObjectServerPorts {
  /** Milliseconds. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Hears of each object that is stored; undefined once it is gone. */
  readonly onStored: (place: Place, object: JsonObject | undefined) => void
}

/** How kube-apiserver stores objects: by version, after admission, and the ways in which it does not. */
export class ObjectServer {
  readonly asked: Asked[] = []
  /** How many writes were under way at once, at most. */
  mostAtOnce = 0
  /** Milliseconds until a write is stored. */
  latency = 5
  /** Another webhook. */
  admit: (object: JsonObject) => JsonObject = object => object
  /** An answer other than success, to whatever is asked. */
  failure: ((change: Change) => ApplyOutcome | undefined) | undefined
  /** Stores what it says it does not, as when the answer is lost. */
  isDeaf = false
  /** Hears of each write as it is asked for. */
  onAsked: (change: Change) => void = () => {}
  onAnswered: (change: Change) => unknown = () => {}
  /** Runs after each write that was asked for and stored. */
  onWritten: () => Promise<unknown> = async () => {}
  readonly #ports: ObjectServerPorts
  readonly #objects = new Map<string, JsonObject>()
  #version = 100
  #underWay = 0

  constructor(ports: ObjectServerPorts) {
    this.#ports = ports
  }

  get(key: string): JsonObject | undefined {
    return this.#objects.get(key)
  }

  get all(): readonly JsonObject[] {
    return [...this.#objects.values()]
  }

  /** Somebody else writes an object; a write that changes nothing makes no version. */
  put(object: JsonObject): string {
    const key = keyOf(object)
    const before = this.#objects.get(key)
    if (before && isDeepStrictEqual(withValue(object, VERSION, versionOf(before)), before))
      return versionOf(before)
    const stored = this.add(object)
    this.#ports.onStored(placeOf(object), stored)
    return versionOf(stored)
  }

  /** Stores an object, and tells nobody. */
  add(object: JsonObject): JsonObject {
    const key = keyOf(object)
    const stored = withGeneration(
      withValue(object, VERSION, String(++this.#version)),
      this.#objects.get(key),
    )
    this.#objects.set(key, stored)
    return stored
  }

  remove(key: string): void {
    const object = this.#objects.get(key)
    this.#objects.delete(key)
    if (object) this.#ports.onStored(placeOf(object), undefined)
  }

  readonly apply = async (change: Change): Promise<ApplyOutcome> => {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay)
    this.onAsked(change)
    await this.#ports.sleep(this.latency)
    this.#underWay--
    const failure = this.failure?.(change)
    const done: Stored = failure && !this.isDeaf ? { outcome: failure } : this.#store(change)
    const { kind } = failure ?? done.outcome
    this.asked.push({
      at: this.#ports.now(),
      key: keyOf(change.object),
      aim: aimOf(change),
      from: versionOf(change.object),
      kind,
      stored: done.as,
    })
    if (done.as !== undefined) void this.onWritten()
    this.onAnswered(change)
    return failure ?? done.outcome
  }

  #store(change: Change): Stored {
    const before = this.#objects.get(keyOf(change.object))
    if (before === undefined) return { outcome: { kind: 'gone' } }
    const patch = withPrecondition(change)
    const [precondition] = patch
    if (precondition?.op !== 'replace' || precondition.value !== versionOf(before))
      return { outcome: { kind: 'conflict' } }
    const wanted = applied(before, patch)
    const admitted = this.admit(wanted)
    const resourceVersion = this.put(admitted)
    return {
      outcome: { kind: 'written', resourceVersion },
      ...(admitted === wanted && { as: resourceVersion }),
    }
  }
}

/** What came of a write, whether or not the writer hears of it. */
interface Stored {
  readonly outcome: ApplyOutcome
  readonly as?: string
}
