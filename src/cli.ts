#!/usr/bin/env node
import { basename } from 'node:path'
import { run } from './program.ts'

const [, file = '', ...argv] = process.argv

// Whoever reads may have read enough, `head` for one: that is no failure of ours. The webhook serves on without a reader.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' && argv[0] !== 'serve') process.exit()
})

process.exitCode = await run(argv, basename(file))
