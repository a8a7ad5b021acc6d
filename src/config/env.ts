import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { text } from 'node:stream/consumers'

/** The only readers of the process's surroundings: files, standard input, the name of the machine. */

export class ReadError extends Error {
  override readonly name = 'ReadError'
}

/** The text of a file, or of standard input for `-`. */
export const readText = async (file: string): Promise<string> => {
  if (file === '-') return text(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new ReadError(`cannot read ${file}: ${detail}`, { cause })
  }
}

/** A name that no other process has, not even this one after a restart: the pod's, and something random. */
export const processIdentity = (): string => `${hostname()}_${randomUUID()}`

/** The variables of the process. */
export const environment = (): Readonly<NodeJS.ProcessEnv> => process.env
