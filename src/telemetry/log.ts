import { type DestinationStream, type Logger, pino } from 'pino'
import { standardOutput } from './standard-output.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** JSON lines on standard output. Objects, patches, keys and tokens are never logged, at any level. */
export const createLog = (
  level: LogLevel,
  destination: DestinationStream = standardOutput(),
): Logger => {
  const options = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return pino(options, destination)
}

export type { Logger }
