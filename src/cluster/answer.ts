import type { IncomingMessage } from 'node:http'

export interface Limits {
  /** Milliseconds without a byte after which an answer is given up. */
  readonly silence: number
  /** Characters of a body, or of one line. */
  readonly length: number
}

/** Hundreds of times what the API server stores of one object: who sends more would use up our memory. */
export const LIMITS: Limits = { silence: 30_000, length: 64 * 1024 * 1024 }

/** The whole body. Throws when it stops coming, breaks off or is too long. */
export const readText = async (answer: IncomingMessage, limits: Limits): Promise<string> => {
  const { silence } = limits
  answer.setTimeout(silence, () => answer.destroy(silenceOf(limits)))
  let text = ''
  for await (const chunk of chunksOf(answer)) text = append(text, chunk, limits)
  return text
}

/** The body line by line, however long it is silent. Throws when it breaks off or a line is too long. */
export async function* readLines(answer: IncomingMessage, limits: Limits): AsyncGenerator<string> {
  let line = ''
  for await (const chunk of chunksOf(answer)) {
    const [rest = '', ...more] = chunk.split('\n')
    line = append(line, rest, limits)
    for (const next of more) {
      yield line
      line = next
    }
  }
  if (line !== '') yield line
}

export const silenceOf = ({ silence }: Limits): Error =>
  new Error(`the API server said nothing for ${silence / 1000} s`)

// Readline would end quietly where a connection breaks, and takes U+2028 for the end of a line.
const chunksOf = (answer: IncomingMessage): AsyncIterable<string> => answer.setEncoding('utf8')

const append = (text: string, chunk: string, { length }: Limits): string => {
  if (text.length + chunk.length <= length) return text + chunk
  throw new RangeError(`the API server sent more than ${length} characters at once`)
}
