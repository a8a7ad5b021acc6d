import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/command.ts'

export interface Shell {
  /** Runs one command of bash; answers all that it printed, wherever to, and its exit code. */
  readonly run: (command: string) => Promise<{ readonly printed: string; readonly code: number }>
}

/** What is waited for longer than a second, on a terminal a spinner that leaves nothing behind. */
const PROGRESS = /^- .* …\n?/gm

/** A shell that is at the root of the repository, and remembers what was exported. */
export const openShell = (dir: string, env: NodeJS.ProcessEnv): Shell => {
  const memory = join(dir, 'exported.sh')
  return {
    run: async command => {
      const before = existsSync(memory) ? `source '${memory}'` : ':'
      const script = `${before}\n{ ${command}\n} 2>&1\ncode=$?\nexport -p > '${memory}'\nexit $code\n`
      const { stdout, code } = await run({ file: 'bash', args: ['-c', script], env })
      return { printed: stdout.replaceAll(PROGRESS, ''), code }
    },
  }
}
