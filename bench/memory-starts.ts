import type { BenchOptions } from './section.ts'
import { floor } from './subjects/floor.ts'
import { glooIstio } from './subjects/gloo-istio.ts'
import { startSubject } from './subjects/subject.ts'

export const STARTS = 5

/** Milliseconds from the start of the process to its first yes, by turns. */
export const startsOf = async ({ dir, say }: BenchOptions) => {
  const [ours, bare]: [number[], number[]] = [[], []]
  for (let at = 0; at < STARTS; at++) {
    say(`start ${at + 1} of ${STARTS}`)
    for (const [subject, into] of [[floor, bare] as const, [glooIstio(), ours] as const]) {
      const started = await startSubject(subject, dir)
      into.push(started.readyMs)
      await started.stop()
    }
  }
  return { ours, bare }
}
