import { fstatSync, writeSync } from 'node:fs'

/** Characters that wait for somebody to read them; lines that would make them more are lost. */
const WAITING_LIMIT = 4 * 1024 * 1024

const STDOUT = 1

type Write = (text: string) => void

/**
 * Standard output for a log that is worth less than what it tells of. A pipe that nobody reads, or a disk that
 * is full, would block or end the process: here lines are lost until it is better.
 */
export const standardOutput = (): { readonly write: Write } => {
  const status = fstatSync(STDOUT)
  return { write: inTurns(status.isFIFO() || status.isSocket() ? pourer() : writeOrLose) }
}

/**
 * All lines of one turn of the event loop by one call of the system: under load, one for each line would take
 * as long as the review that it tells of.
 */
const inTurns = (write: Write): Write => {
  let lines = ''
  const flush = (): void => {
    if (lines === '') return
    const text = lines
    lines = ''
    write(text)
  }
  process.on('exit', flush)
  return line => {
    if (lines === '') setImmediate(flush)
    lines += line
  }
}

// Node never waits for a pipe; it keeps what the reader has not taken yet.
const pourer = (): Write => {
  const { stdout } = process
  stdout.on('error', () => {})
  return text => {
    if (stdout.writableLength + text.length <= WAITING_LIMIT) stdout.write(text)
  }
}

// A stream would end for good with the first line that has no room.
const writeOrLose: Write = text => {
  try {
    writeSync(STDOUT, text)
  } catch {
    // Nobody can be told: this is where it would be said.
  }
}
