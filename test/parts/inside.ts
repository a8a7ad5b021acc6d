import dns from 'node:dns'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Loaded into a process of gloo-istio by NODE_OPTIONS, so that faults inside a process can be made without
 * a line for them in the program. SIGUSR2 has it read the file that INSIDE_ORDERS names, and do what it says.
 */
export type Order =
  /** A promise of nobody's is rejected. */
  | { readonly do: 'reject' }
  /** An error is thrown where nobody catches it. */
  | { readonly do: 'throw' }
  /** The event loop turns no more for so long. */
  | { readonly do: 'block'; readonly milliseconds: number }
  /** The heap fills up until the process dies of it. */
  | { readonly do: 'exhaust-heap' }
  /** No file and no connection can be opened for so long. */
  | { readonly do: 'exhaust-files'; readonly milliseconds: number }
  /** The clock of the process jumps, by so much from the real time. */
  | { readonly do: 'shift-clock'; readonly milliseconds: number }
  /** No name is resolved for so long. */
  | { readonly do: 'lose-names'; readonly milliseconds: number }
  /** A file is written: the longest that the event loop took to come round since this was asked last, in milliseconds. */
  | { readonly do: 'tell-stall'; readonly file: string }

/** Names the file of orders. */
export const ORDERS_VARIABLE = 'INSIDE_ORDERS'

const block = (milliseconds: number): void => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

// Few large arrays: many small objects would keep the collector busy for half a minute before the end.
const exhaustHeap = (): never => {
  const held: unknown[] = []
  for (;;) held.push(Array.from({ length: 1_000_000 }, () => held))
}

const exhaustFiles = (milliseconds: number): void => {
  const held: number[] = []
  try {
    for (;;) held.push(openSync('/dev/null', 'r'))
  } catch {
    setTimeout(() => held.forEach(closeSync), milliseconds)
  }
}

const RealDate = Date

const shiftClock = (milliseconds: number): void => {
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, made) =>
      Reflect.construct(target, args.length > 0 ? args : [RealDate.now() + milliseconds], made),
    get: (target, name) =>
      name === 'now' ? () => RealDate.now() + milliseconds : Reflect.get(target, name),
  })
}

const realLookup = dns.lookup

const loseNames = (milliseconds: number): void => {
  const fail = (hostname: string, _options: unknown, done: (error: Error) => void): void => {
    const told = { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname }
    setImmediate(done, Object.assign(new Error(`getaddrinfo EAI_AGAIN ${hostname}`), told))
  }
  Object.assign(dns, { lookup: fail })
  setTimeout(() => Object.assign(dns, { lookup: realLookup }), milliseconds)
}

const delay = monitorEventLoopDelay({ resolution: 10 })

const tellStall = (file: string): void => {
  // Nobody is watched who never asks: it takes a hundred looks a second.
  writeFileSync(file, String(delay.enable() ? 0 : delay.max / 1e6))
  delay.reset()
}

const obey = (order: Order): unknown => {
  switch (order.do) {
    case 'reject':
      return void Promise.reject(new Error('rejected by order'))
    case 'throw':
      return setImmediate(() => {
        throw new Error('thrown by order')
      })
    case 'block':
      return block(order.milliseconds)
    case 'exhaust-heap':
      return exhaustHeap()
    case 'exhaust-files':
      return exhaustFiles(order.milliseconds)
    case 'shift-clock':
      return shiftClock(order.milliseconds)
    case 'lose-names':
      return loseNames(order.milliseconds)
    case 'tell-stall':
      return tellStall(order.file)
    default:
      return order satisfies never
  }
}

const file = process.env[ORDERS_VARIABLE]
if (file !== undefined)
  process.on('SIGUSR2', () => obey(JSON.parse(readFileSync(file, 'utf8')) as Order))
