import { X509Certificate } from 'node:crypto'
import type { AuthorityData } from '../../src/certs/authority-record.ts'
import {
  type AuthorityStore,
  memoryStore,
  NOTHING_STORED,
} from '../../src/certs/authority-store.ts'
import { HandOver } from '../../src/certs/hand-over.ts'
import { isGood, lifeOf } from '../../src/certs/life.ts'
import { SharedSource, type SharedSourceOptions } from '../../src/certs/shared-source.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const START = Date.parse('2026-01-01T00:00:00Z')

/** What never changes of a certificate, and is asked for at every moment of ten years. */
const remembered = <Found>(find: (pem: string, by: string) => Found) => {
  const known = new Map<string, Found>()
  return (pem: string, by = ''): Found => {
    const found = known.get(pem + by) ?? find(pem, by)
    known.set(pem + by, found)
    return found
  }
}
const lives = remembered(lifeOf)
const isSigned = remembered((pem, by) =>
  new X509Certificate(pem).verify(new X509Certificate(by).publicKey),
)

/** The Secret, the bundle and the clock that replicas share; whatever is published is what the last one wanted. */
export class Cluster {
  readonly store = memoryStore()
  now = START
  published: readonly string[] = []
  isDown = false
  readonly replicas: Replica[] = []

  async round(): Promise<void> {
    await Promise.all(this.replicas.map(replica => replica.round()))
  }

  stored() {
    return this.store.stored() ?? NOTHING_STORED
  }

  /** Somebody else writes the Secret. */
  async put(data: AuthorityData): Promise<void> {
    await this.store.write(data, this.stored())
  }
}

export class Replica {
  readonly rotated: string[] = []
  readonly errors: string[] = []
  readonly source: SharedSource
  readonly handOver: HandOver
  readonly #cluster: Cluster

  constructor(cluster: Cluster, more: Partial<SharedSourceOptions> = {}) {
    this.#cluster = cluster
    cluster.replicas.push(this)
    const published = () => cluster.published
    const now = () => cluster.now
    this.handOver = new HandOver({ published, now, onServe: () => {} })
    this.source = new SharedSource({
      store: this.#store(cluster.store),
      names: ['gloo-istio.gloo-istio.svc', '127.0.0.1'],
      authorityLife: 365 * DAY,
      certificateLife: 7 * DAY,
      now,
      published,
      onRotated: (what, how) => this.rotated.push(`${what} ${how}`),
      onError: error => this.errors.push(String(error)),
      ...more,
    })
    this.source.onChange(certificate => this.handOver.offer(certificate))
  }

  /** What the process does each second. */
  async round(): Promise<void> {
    await this.source.check()
    const wanted = this.source.wanted()
    if (wanted && !this.#cluster.isDown) this.#cluster.published = wanted
    this.handOver.check()
  }

  /** Whether the API server would believe it now. */
  get isBelieved(): boolean {
    const { serving } = this.handOver
    if (!serving) return false
    const { now, published } = this.#cluster
    return (
      isGood(lives(serving.certPem), now) &&
      published.some(pem => isGood(lives(pem), now) && isSigned(serving.certPem, pem))
    )
  }

  #store(store: AuthorityStore): AuthorityStore {
    return {
      ...store,
      write: async (data, over) => {
        if (this.#cluster.isDown) throw new Error('away')
        return store.write(data, over)
      },
    }
  }
}

/** Ten years of two replicas, half a day at a time; what they serve is looked at after each. */
export const liveTenYears = async () => {
  const begun = performance.now()
  const cluster = new Cluster()
  // Long certificates only so that fewer keys have to be made; the rules know no lengths.
  const life = { certificateLife: 90 * DAY }
  const replicas = [new Replica(cluster, life), new Replica(cluster, life)]
  await cluster.round()
  await cluster.round()
  let unbelieved = 0
  for (const end = START + 3650 * DAY; cluster.now < end; ) {
    cluster.now += 12 * HOUR
    for (const replica of replicas) {
      await replica.round()
      if (!replicas.every(({ isBelieved }) => isBelieved)) unbelieved++
    }
  }
  const steps = replicas.flatMap(({ rotated }) => rotated)
  const count = (what: string) => steps.filter(step => step === what).length
  return {
    unbelieved,
    made: count('serving made'),
    switches: count('authority switch'),
    seconds: (performance.now() - begun) / 1000,
  }
}
