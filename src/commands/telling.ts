import { styleText } from 'node:util'
import type { Level } from '../core/reasons.ts'

/** Says on standard error why something is, or is not, done. */
export const tell = (level: Level, text: string): void => {
  process.stderr.write(`${paint(level)}: ${text}\n`)
}

const paint = (level: Level): string =>
  level === 'info' ? level : styleText('yellow', level, { stream: process.stderr })
