import { type Load, type Loaded, load } from './load.ts'
import { UPSTREAM_REVIEW } from './samples.ts'
import type { BenchOptions } from './section.ts'
import type { Measured } from './subjects/subject.ts'

/** Reviews after which V8 has optimised what is asked often, and so many seconds at most. */
const WARM = { reviews: 60_000, seconds: 40 }

const PIECE: Load = { clients: 8, seconds: 4, body: UPSTREAM_REVIEW }

/** Loads a server, piece by piece, until it is as fast as it gets. */
export const warmUp = async (server: Measured, piece = PIECE): Promise<void> => {
  const begin = performance.now()
  let done = 0
  while (done < WARM.reviews && performance.now() - begin < WARM.seconds * 1000)
    done += (await load(server, piece)).reviews
}

/** A machine that gets slower does so for all: each is first as often as any other. */
export const inTurn = <T>(list: readonly T[], round: number): readonly T[] => {
  const first = round % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

/** What each server took, a list in the order of rounds; by turns, for the machine's moods to hit all. */
export const sideBySide = async (
  servers: readonly Measured[],
  task: Omit<Load, 'body'>,
  { rounds, say }: Pick<BenchOptions, 'rounds' | 'say'>,
): Promise<ReadonlyMap<string, readonly Loaded[]>> => {
  const seen = new Map<string, Loaded[]>(servers.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const server of inTurn(servers, round)) {
      say(`HTTPS, ${task.clients} clients, round ${round + 1} of ${rounds}, ${server.name}`)
      seen.get(server.name)?.push(await load(server, { ...task, body: UPSTREAM_REVIEW }))
    }
  return seen
}
