import { fileURLToPath } from 'node:url'

/** The command line, from source. */
export const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
