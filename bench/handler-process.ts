import { measure } from 'mitata'
import { factsOf, parseConfiguration } from '../src/config/configuration.ts'
import { review } from '../src/core/review.ts'
import { readBootstrap } from '../src/envoy/bootstrap.ts'
import { arithmetic } from './arithmetic.ts'
import type { Cost } from './handler.ts'
import { takeAllCores } from './machine.ts'
import { CONFIGURATION, SAMPLES } from './samples.ts'

// Reviews one sample again and again each time it is told to, and answers what a review takes; told a number of
// microseconds, it does arithmetic that takes as long.
// Usage: fork('handler-process.mjs', [SAMPLE])

/** Each time. */
const NANOSECONDS_TIMED = 2e9
const NANOSECONDS_WEIGHED = 5e8
const TIME = '2026-01-01T00:00:00.000Z'

const reviewer = () => {
  const parsed = parseConfiguration(CONFIGURATION)
  if (!('configuration' in parsed)) throw new Error('the configuration of the bench is wrong')
  const facts = factsOf(parsed.configuration, readBootstrap)
  return (bytes: Buffer) => JSON.stringify(review(bytes.toString(), facts, TIME).answer)
}

/** As a server's event loop goes round between two requests, which is when V8 collects what the last ones left. */
const nextTurn = () => new Promise(resolve => setImmediate(resolve))

/** To collect the whole heap before, as mitata does by itself, makes V8 forget the code that it is to time. */
const timed = { min_cpu_time: NANOSECONDS_TIMED, batch_threshold: 0, gc: false }

/** Timed when warm, and apart from the heap: whoever asks for that after each review makes the slow ones slower. */
const costOf = async (again: () => unknown): Promise<Cost> => {
  await measure(again, timed)
  const { p50, p99 } = await measure(function* () {
    yield { 0: nextTurn, bench: (_turned: unknown) => again() }
  }, timed)
  const inOneTurn = await measure(again, timed)
  const { heap } = await measure(again, {
    min_cpu_time: NANOSECONDS_WEIGHED,
    batch_threshold: 0,
    heap: () => process.memoryUsage().heapUsed,
  })
  return {
    p50: p50 / 1000,
    p99: p99 / 1000,
    p99InOneTurn: inOneTurn.p99 / 1000,
    allocated: (heap?.avg ?? Number.NaN) / 1024,
  }
}

takeAllCores()
const answer = reviewer()
const body = SAMPLES[process.argv[2] ?? '']
if (body === undefined) throw new Error(`no sample ${process.argv[2]}`)
const bytes = Buffer.from(body)
process.on('message', microseconds => {
  const again = typeof microseconds === 'number' ? arithmetic(microseconds) : () => answer(bytes)
  void costOf(again).then(cost => process.send?.(cost))
})
