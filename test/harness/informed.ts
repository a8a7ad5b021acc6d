import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { ApiClient } from '../../src/cluster/api.ts'
import { Informer, type InformerPorts } from '../../src/cluster/informer.ts'
import type { Resource } from '../../src/cluster/list.ts'
import { textAt, without } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { ApiServer } from '../stand-ins/api-server.ts'
import { HandClock } from './hand-clock.ts'

const DEADLINE_MS = 10_000

/** Until what goes over a real connection has arrived. */
export const until = async (what: string, isTrue: () => boolean): Promise<void> => {
  for (const end = Date.now() + DEADLINE_MS; !isTrue(); await sleep(2))
    if (Date.now() > end) throw new Error(`not after ${DEADLINE_MS / 1000} s: ${what}`)
}

const nameOf = (object: JsonObject): string => textAt(object, 'metadata', 'name')

/** What an informer tells, as lines, and what is known by it. */
export class Told {
  readonly lines: string[] = []
  /** Hears of each line, in the middle of the callback. */
  onLine: (line: string) => void = () => {}
  readonly objects = new Map<string, JsonObject>()

  readonly ports: Pick<InformerPorts, 'onReplace' | 'onChange' | 'onRemove' | 'onFailure'> = {
    onReplace: all => {
      this.objects.clear()
      for (const object of all) this.objects.set(nameOf(object), object)
      this.#say(`all: ${this.names.join(' ')}`)
    },
    onChange: object => {
      this.objects.set(nameOf(object), object)
      this.#say(`changed: ${nameOf(object)}`)
    },
    onRemove: object => {
      this.objects.delete(nameOf(object))
      this.#say(`removed: ${nameOf(object)}`)
    },
    onFailure: (error, seconds) => this.#say(`failed: ${String(error)}, again in ${seconds}`),
  }

  #say(line: string): void {
    this.lines.push(line)
    this.onLine(line)
  }

  get names(): readonly string[] {
    return [...this.objects.keys()]
  }

  get failures(): readonly string[] {
    return this.lines.filter(line => line.startsWith('failed'))
  }

  /** Waits for a line that holds `text`, from line `from` on. */
  async until(text: string, from = 0): Promise<void> {
    const isThere = () => this.lines.slice(from).some(line => line.includes(text))
    await until(`${text} in ${JSON.stringify(this.lines)}`, isThere)
  }
}

export const THINGS: Resource = {
  kind: 'things',
  paths: ['/apis/example.com/v1/things', '/apis/example.com/v1beta1/things'],
  trim: object => without(object, 'status'),
}

/** The wait of the watchdog; all others are the informer's own. */
export const SILENCE_MS = 150_000

/** An informer, not started yet, the API server that it asks, and the clock that it goes by. */
export const informed = async (t: Test, resource: Partial<Resource> = {}) => {
  const server = new ApiServer()
  await server.listen()
  const api = new ApiClient(server.kubeConfig())
  const clock = new HandClock()
  const told = new Told()
  /** Milliseconds of each wait before another round, a fraction of the most there may be. */
  const waits: number[] = []
  let asleep = 0
  const informer = new Informer(
    { ...THINGS, ...resource },
    {
      ...told.ports,
      api,
      now: clock.now,
      random: () => 0.5,
      sleep: async (milliseconds, signal) => {
        if (milliseconds < SILENCE_MS) waits.push(milliseconds)
        asleep++
        await clock.sleep(milliseconds, signal).finally(() => asleep--)
      },
    },
  )
  t.teardown(async () => {
    informer.close()
    api.close()
    await server.close()
  })
  const untilWatch = (count = 1) =>
    until(`watch ${count}`, () => watchesOf(server).length === count && server.watches === 1)
  let passed = 0
  /** Lets its next wait pass. */
  const passWait = async () => {
    passed++
    await until(`wait ${passed}`, () => waits.length >= passed)
    await clock.advance(waits[passed - 1] ?? 0)
  }
  /** How much of it waits for the clock. */
  const sleepers = () => asleep
  return { server, api, clock, told, waits, sleepers, informer, passWait, untilWatch }
}

/** One that has listed `a` and watches. */
export const watching = async (t: Test) => {
  const made = await informed(t)
  made.server.put('a')
  made.informer.start()
  await made.untilWatch()
  return made
}

const isWatch = ({ searchParams }: URL) => searchParams.get('watch') === 'true'
export const watchesOf = ({ asked }: ApiServer) => asked.filter(isWatch)
export const listsOf = ({ asked }: ApiServer) => asked.filter(url => !isWatch(url))
export const versionsWatched = (server: ApiServer) =>
  watchesOf(server).map(({ searchParams }) => searchParams.get('resourceVersion'))
