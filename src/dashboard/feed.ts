import { type Changes, changesSince, type Details, type Known, knownOf } from '../core/dashboard.ts'
import { type Certificates, secretsBehind, type Way, waysIn } from '../core/graph.ts'
import { objectIn } from '../core/snapshot.ts'
import type { Facts } from '../core/types.ts'
import { reportOn } from '../core/upstream-report.ts'
import { commandsFor, type Target } from './commands.ts'

export interface FeedPorts {
  readonly facts: () => Facts
  /** Whether anybody looks: nothing is worked out for nobody. */
  readonly isWatched: () => boolean
  readonly tell: (changes: Changes) => void
  readonly now: () => number
  /** Runs something later; answers how to prevent it. Milliseconds. */
  readonly later: (run: () => void, milliseconds: number) => () => void
}

const REST_MS = 250
/** So much longer than a round takes, so that a large and busy cluster leaves the processor to others. */
const REST_FACTOR = 4

/** The ways as they are, worked out again after something was touched, and what differs told. */
export class Feed {
  readonly #ports: FeedPorts
  #ways: readonly Way[] = []
  #known: Known = new Map()
  #certificates: Certificates = new Map()
  #isDue = true
  #rest = REST_MS
  #cancel: (() => void) | undefined

  constructor(ports: FeedPorts) {
    this.#ports = ports
  }

  /** As they are now. */
  ways(): readonly Way[] {
    if (this.#isDue) this.#round()
    return this.#ways
  }

  /** Something may differ. */
  touch(): void {
    this.#isDue = true
    if (!this.#ports.isWatched()) return
    this.#cancel ??= this.#ports.later(() => {
      this.#cancel = undefined
      if (this.#isDue) this.#round()
    }, this.#rest)
  }

  /** The Secrets whose certificates ought to be known. */
  secrets(): readonly string[] {
    return secretsBehind(this.ways())
  }

  knowCertificates(certificates: Certificates): void {
    this.#certificates = certificates
    this.touch()
  }

  /** All there is to say of one Upstream; undefined when there is none. */
  details(namespace: string, name: string, target: Target): Details | undefined {
    const facts = this.#ports.facts()
    const upstream = objectIn(facts.snapshot?.upstreams, namespace, name)
    if (upstream === undefined) return undefined
    const [way] = waysIn(facts, this.#certificates, [upstream])
    const report = reportOn(upstream, facts)
    return { report, commands: way ? commandsFor(report, way.state, target) : [] }
  }

  close(): void {
    this.#cancel?.()
  }

  #round(): void {
    const begin = this.#ports.now()
    this.#isDue = false
    this.#ways = waysIn(this.#ports.facts(), this.#certificates)
    const before = this.#known
    this.#known = knownOf(this.#ways)
    const changes = changesSince(before, this.#ways, this.#known)
    this.#rest = Math.max(REST_MS, (this.#ports.now() - begin) * REST_FACTOR)
    this.#ports.tell(changes)
  }
}
