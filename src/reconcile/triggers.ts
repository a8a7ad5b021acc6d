import {
  allPlaces,
  keyOfPlace,
  type Place,
  placesIn,
  stateOfProxy,
  upstreamsAffected,
  WRITTEN,
} from '../core/affected.ts'
import { objectIn, type Snapshot } from '../core/snapshot.ts'
import type { Facts } from '../core/types.ts'

/** Something to look at, and how much later than now. */
export interface Trigger {
  readonly place: Place
  readonly milliseconds: number
}

/** Lets the events of a rollout, or of many Upstreams, come in before all is looked at because of them. */
const SETTLE_MS = 500

const soon = (places: readonly Place[]): readonly Trigger[] =>
  places.map(place => ({ place, milliseconds: SETTLE_MS }))

const isWorkload = ({ collection }: Place): boolean =>
  collection === 'deployments' || collection === 'daemonSets'

/** Knows what has to be looked at again when something in the cluster changes. */
export class Triggers {
  readonly #proxies = new Map<string, string>()
  #base = ''

  /** What a new snapshot asks to be looked at; `facts` are those that hold with it. */
  of(touched: readonly Place[], facts: Facts, snapshot: Snapshot): readonly Trigger[] {
    const own = touched.filter(({ collection }) => WRITTEN.includes(collection))
    const direct = own.map(place => ({ place, milliseconds: 0 }))
    const isOther = this.#rememberProxies(touched.filter(isWorkload), snapshot)
    if (this.#rememberBase(facts) || isOther) return [...direct, ...soon(allPlaces(snapshot))]
    const isUpstream = touched.some(({ collection }) => collection === 'upstreams')
    return [
      ...direct,
      // A proxy may have kept something for the sake of an Upstream that has just let go of it.
      ...(isUpstream
        ? soon(WRITTEN.filter(c => c !== 'upstreams').flatMap(c => placesIn(snapshot, c)))
        : []),
      ...upstreamsAffected(touched, facts, snapshot).map(place => ({ place, milliseconds: 0 })),
    ]
  }

  /** Whether versions, meshes or settings are not what they were. */
  #rememberBase({ meshes, gloo, glooSeen }: Facts): boolean {
    const before = this.#base
    this.#base = JSON.stringify([meshes, gloo, glooSeen])
    return before !== this.#base
  }

  /** Whether a proxy says anything else to Upstreams than it did. */
  #rememberProxies(workloads: readonly Place[], snapshot: Snapshot): boolean {
    const differing = workloads.filter(place => {
      const { collection, namespace, name } = place
      const key = keyOfPlace(place)
      const object = objectIn(snapshot[collection], namespace, name)
      const before = this.#proxies.get(key)
      const state = object && stateOfProxy(object)
      if (state === undefined) this.#proxies.delete(key)
      else this.#proxies.set(key, state)
      return state !== before
    })
    return differing.length > 0
  }
}
