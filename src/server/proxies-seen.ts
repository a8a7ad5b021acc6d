import { agreedByNamespace, versionOfProxy } from '../core/observe.ts'
import { remembered } from '../core/remembered.ts'
import type { Reviewed } from '../core/review.ts'
import type { Facts } from '../core/types.ts'

/** Many more than any cluster has; whoever labels more Deployments is not listened to. */
const PROXIES_LIMIT = 1000

/**
 * The proxies that passed by since we started, so that Upstreams can go by their version where the
 * operator told none. It is forgotten with the process: then nothing is known again, and nothing guessed.
 */
export class ProxiesSeen {
  readonly #versions = new Map<string, { readonly namespace: string; readonly version: string }>()
  #seen: Readonly<Record<string, string>> = {}
  readonly #facts = remembered(
    (facts: Facts, glooSeen: Facts['glooSeen']): Facts => ({ ...facts, glooSeen }),
  )

  /** Takes note of a proxy that is about to be stored. */
  note({ request, object }: Reviewed): void {
    const { namespace, name, dryRun, kind } = request
    const version = request.object && !dryRun ? versionOfProxy(object) : undefined
    const key = `${kind.kind} ${namespace}/${name}`
    if (version === undefined || this.#versions.get(key)?.version === version) return
    if (this.#versions.size >= PROXIES_LIMIT && !this.#versions.has(key)) return
    this.#versions.set(key, { namespace, version })
    this.#seen = agreedByNamespace([...this.#versions.values()])
  }

  /** The facts, with what was seen: the same until more is seen, for whoever remembers what follows from them. */
  with(facts: Facts): Facts {
    return this.#facts(facts, this.#seen)
  }
}
