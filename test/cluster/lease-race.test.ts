import assert from 'node:assert/strict'
import fc from 'fast-check'
import { t } from 'tap'
import type { ApiRequest } from '../../src/cluster/api.ts'
import { LeaseElection } from '../../src/cluster/lease.ts'
import { HandClock } from '../harness/hand-clock.ts'
import { LeaseServer } from '../stand-ins/lease-server.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200)
const never = new Promise<never>(() => {})

/** How the network of a process is: requests, or only their answers, are lost, or all is refused. */
const NETWORKS = ['up', 'cut', 'deaf', 'refused'] as const
const WHAT = [...NETWORKS, 'stall', 'resume', 'close', 'crash'] as const
const deeds = fc.array(
  fc.record({
    what: fc.constantFrom(...WHAT, 'up', 'resume'),
    who: fc.nat(2),
    milliseconds: fc.integer({ min: 1, max: 9_000 }),
  }),
  { minLength: 8, maxLength: 40 },
)
const delays = fc.infiniteStream(
  fc.oneof(
    { arbitrary: fc.constant(1), weight: 8 },
    { arbitrary: fc.integer({ min: 1, max: 2_000 }), weight: 2 },
    fc.integer({ min: 2_000, max: 30_000 }),
  ),
)

/** Clocks that differ by hours and run apart, yet less than the duration is longer than the deadline. */
const RATES = [1, 1.2, 0.85]

/** One process on a machine, network and clock that fail it. */
class Process {
  network: (typeof NETWORKS)[number] = 'up'
  readonly said: string[] = []
  readonly election: LeaseElection
  readonly #gates: (() => void)[] = []
  #stalled = false

  constructor(identity: string, slot: number, clock: HandClock, request: LeaseServer['request']) {
    const rate = RATES[slot] ?? 1
    const api = {
      request: async (asked: ApiRequest) => {
        const { network } = this
        if (network === 'refused') throw new TypeError('refused')
        if (network === 'cut') return never
        const [answer] = await Promise.allSettled([request(asked)])
        if (network === 'deaf' || this.network !== 'up') return never
        await this.#turn()
        if (answer.status === 'rejected') throw answer.reason
        return answer.value
      },
    }
    const sleep = async (milliseconds: number, signal: AbortSignal) => {
      await clock.sleep(milliseconds / rate, signal)
      await this.#turn()
    }
    const ports = {
      api,
      now: () => 36e5 * slot + rate * clock.now(),
      sleep,
      random: () => slot / 3,
      onAcquired: () => this.said.push('acquired'),
      onLost: () => this.said.push('lost'),
      onFailure: () => {},
    }
    this.election = new LeaseElection({ namespace: 'gloo-istio', name: 'leader', identity, ports })
    this.election.start()
  }

  stall(): void {
    this.#stalled = true
  }

  resume(): void {
    this.#stalled = false
    for (const open of this.#gates.splice(0)) open()
  }

  #turn(): Promise<void> {
    return this.#stalled ? new Promise(resolve => this.#gates.push(resolve)) : Promise.resolve()
  }
}

/** Processes that are started anew when they end, and an API server that is slow until it is mended. */
class Race {
  readonly clock = new HandClock(0)
  readonly all: Process[] = []
  readonly #slots: Process[]
  readonly #server = new LeaseServer()
  readonly #delays: Iterator<number>
  #mended = false

  constructor(delays: Iterator<number>) {
    this.#delays = delays
    this.#slots = [...RATES.keys()].map(slot => this.#start(slot))
  }

  act(what: (typeof WHAT)[number], slot: number): void {
    const process = this.#slots[slot]
    if (what === 'stall' || what === 'crash') process?.stall()
    else if (what === 'resume') process?.resume()
    else if (what === 'close') void process?.election.close()
    else if (process) process.network = what
    if (what === 'close' || what === 'crash') this.#slots[slot] = this.#start(slot)
  }

  /** From now on nothing fails those who were not given up. */
  mend(): void {
    this.#mended = true
    for (const slot of RATES.keys()) {
      this.act('resume', slot)
      this.act('up', slot)
    }
  }

  readonly leaders = (): readonly Process[] => this.all.filter(({ election }) => election.isLeader)

  #start(slot: number): Process {
    const name = `process-${this.all.length}`
    const process = new Process(name, slot, this.clock, asked => this.#request(asked))
    this.all.push(process)
    return process
  }

  /** What was sent arrives, also when its sender does not wait for it any more. */
  async #request(asked: ApiRequest) {
    await this.clock.sleep(this.#delay())
    const [answer] = await Promise.allSettled([this.#server.request(asked)])
    await this.clock.sleep(this.#delay())
    if (answer.status === 'rejected') throw answer.reason
    return answer.value
  }

  #delay(): number {
    return this.#mended ? 1 : this.#delays.next().value
  }
}

/** Each time it was acquired it was lost before it could be acquired again. */
const isInTurn = (said: readonly string[]) =>
  said.every((word, index) => word === (index % 2 === 0 ? 'acquired' : 'lost'))

t.test('never do two lead, whatever befalls them, and in the end one does', async t => {
  const property = fc.asyncProperty(deeds, delays, async (deeds, delays) => {
    const race = new Race(delays)
    const check = () => assert.ok(race.leaders().length <= 1, 'more than one leads')
    for (const { what, who, milliseconds } of deeds) {
      race.act(what, who)
      await race.clock.advance(milliseconds, check)
    }
    race.mend()
    await race.clock.advance(60_000, check)
    assert.equal(race.leaders().length, 1)
    for (const { said } of race.all) assert.ok(isInTurn(said), said.join())
  })
  await t.resolves(fc.assert(property, { numRuns: RUNS }))
})
