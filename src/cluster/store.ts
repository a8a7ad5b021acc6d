import { keyOfPlace, type Place } from '../core/affected.ts'
import { textAt } from '../core/json.ts'
import { type Collection, EMPTY_SNAPSHOT, type Snapshot } from '../core/snapshot.ts'
import type { JsonObject } from '../core/types.ts'

/** Where an informer hands in what it hears. */
export interface Feed {
  readonly onReplace: (objects: readonly JsonObject[]) => void
  readonly onChange: (object: JsonObject) => void
  readonly onRemove: (object: JsonObject) => void
}

export interface StorePorts {
  /** Runs something a moment later, so that a burst of events makes one snapshot. */
  readonly soon: (run: () => void) => void
  /** Hears of each snapshot, with what differs from the one before. */
  readonly onPublish: (snapshot: Snapshot, touched: readonly Place[]) => void
}

type Names = Map<string, JsonObject>

/** The objects that informers hear of, published as immutable snapshots. */
export class Store {
  readonly #ports: StorePorts
  /** For each feed what it holds, by namespace and name: several may fill one collection. */
  readonly #feeds: { readonly collection: Collection; readonly held: Map<string, Names> }[] = []
  readonly #touched = new Map<string, Place>()
  /** Newer versions of what says nothing new: their resourceVersion is all that counts. */
  readonly #refreshed = new Map<string, Place>()
  #snapshot: Snapshot = EMPTY_SNAPSHOT

  constructor(ports: StorePorts) {
    this.#ports = ports
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  feed(collection: Collection): Feed {
    const held = new Map<string, Names>()
    this.#feeds.push({ collection, held })
    const onChange = (object: JsonObject) => this.#put(collection, held, object)
    const onRemove = (object: JsonObject) => this.#drop(collection, held, object)
    const onReplace = (objects: readonly JsonObject[]) => {
      const staying = new Set(objects.map(keyOf))
      const gone = [...held.values()].flatMap(names => [...names.values()])
      for (const object of gone) if (!staying.has(keyOf(object))) onRemove(object)
      for (const object of objects) onChange(object)
    }
    return { onReplace, onChange, onRemove }
  }

  /** Makes what has come in so far the snapshot. */
  publish(): void {
    if (this.#touched.size + this.#refreshed.size === 0) return
    const touched = [...this.#touched.values()]
    this.#snapshot = this.#merged([...touched, ...this.#refreshed.values()])
    this.#touched.clear()
    this.#refreshed.clear()
    this.#ports.onPublish(this.#snapshot, touched)
  }

  #put(collection: Collection, held: Map<string, Names>, object: JsonObject): void {
    const at = placeOf(collection, object)
    const names = held.get(at.namespace) ?? new Map<string, JsonObject>()
    const before = names.get(at.name)
    held.set(at.namespace, names.set(at.name, object))
    this.#note(before && saysTheSame(before, object) ? this.#refreshed : this.#touched, at)
  }

  #drop(collection: Collection, held: Map<string, Names>, object: JsonObject): void {
    const at = placeOf(collection, object)
    const names = held.get(at.namespace)
    if (!names?.delete(at.name)) return
    if (names.size === 0) held.delete(at.namespace)
    this.#note(this.#touched, at)
  }

  #note(list: Map<string, Place>, at: Place): void {
    if (this.#touched.size + this.#refreshed.size === 0) this.#ports.soon(() => this.publish())
    list.set(keyOfPlace(at), at)
  }

  /** Copies the namespaces that differ, and shares all others with the snapshot before. */
  #merged(places: readonly Place[]): Snapshot {
    const byCollection = Map.groupBy(places, ({ collection }) => collection)
    const changed = [...byCollection].map(([collection, touched]) => {
      const all = new Map(this.#snapshot[collection])
      for (const namespace of new Set(touched.map(at => at.namespace))) {
        const names = this.#namesIn(collection, namespace)
        if (names.size > 0) all.set(namespace, names)
        else all.delete(namespace)
      }
      return [collection, all] as const
    })
    return { ...this.#snapshot, ...Object.fromEntries(changed) }
  }

  #namesIn(collection: Collection, namespace: string): Names {
    const [first, ...others] = this.#feeds
      .filter(feed => feed.collection === collection)
      .map(({ held }) => held.get(namespace) ?? new Map<string, JsonObject>())
    const all = new Map(first)
    for (const names of others) for (const [name, object] of names) all.set(name, object)
    return all
  }
}

/** Tells the objects of one feed apart. */
export const keyOf = (object: JsonObject): string =>
  `${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`

const placeOf = (collection: Collection, object: JsonObject): Place => ({
  collection,
  namespace: textAt(object, 'metadata', 'namespace'),
  name: textAt(object, 'metadata', 'name'),
})

/** Most events about pods and proxies tell of something that was trimmed away. */
const saysTheSame = (before: JsonObject, after: JsonObject): boolean =>
  withoutVersion(before) === withoutVersion(after)

const withoutVersion = (object: JsonObject): string =>
  JSON.stringify(object, (key, value: unknown) => (key === 'resourceVersion' ? undefined : value))
