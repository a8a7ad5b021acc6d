import { locate, makeInCache } from './cache.ts'
import { type Part, PartsError } from './part.ts'

const TOLD_EVERY_MS = 5_000

/**
 * The binaries of a part, which is made if it is not here yet. Throws PartsError with the tool that it cannot
 * be made without.
 */
export const madePart = async <B extends Readonly<Record<string, string>>>(
  part: Part<B>,
  say: (line: string) => void,
): Promise<B> => {
  const found = locate(part)
  if (found) return found
  const title = `${part.name} ${part.version}`
  const missing = part.tools.find(tool => !tool.isPresent())
  if (missing) throw new PartsError(`${title} needs ${missing.name} (${missing.install})`)
  const begun = performance.now()
  const seconds = () => Math.round((performance.now() - begun) / 1000)
  let last = part.about
  const told = setInterval(() => say(`${title}: ${last}; ${seconds()} s so far`), TOLD_EVERY_MS)
  try {
    await makeInCache(part, text => {
      last = text
    })
  } finally {
    clearInterval(told)
  }
  const made = locate(part)
  if (made) return made
  throw new PartsError(`${title} was made without a program that it should have`)
}
