import { fstatSync, writeSync } from 'node:fs'

/** Bytes that wait for somebody to read them; a line that comes when there are more is lost. */
const WAITING_LIMIT = 4 * 1024 * 1024

const STDOUT = 1

/**
 * Standard output for a log that is worth less than what it tells of. A pipe that nobody reads, or a disk that
 * is full, would block or end the process: here lines are lost until it is better.
 */
export const standardOutput = (): { readonly write: (line: string) => void } => {
  const status = fstatSync(STDOUT)
  return { write: status.isFIFO() || status.isSocket() ? pourer() : writeOrLose }
}

// Node never waits for a pipe; it keeps what the reader has not taken yet.
const pourer = () => {
  const { stdout } = process
  stdout.on('error', () => {})
  return (line: string): void => {
    if (stdout.writableLength < WAITING_LIMIT) stdout.write(line)
  }
}

// A stream would end for good with the first line that has no room.
const writeOrLose = (line: string): void => {
  try {
    writeSync(STDOUT, line)
  } catch {
    // Nobody can be told: this is where it would be said.
  }
}
