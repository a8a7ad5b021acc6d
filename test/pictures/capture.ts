import { spawnSync } from 'node:child_process'

/** What a command says on a terminal of this width; Linux only, by `script` of util-linux. */
export const capture = (
  command: string,
  { columns = 120, env = {} }: { columns?: number; env?: NodeJS.ProcessEnv } = {},
): string => {
  const { stdout, error } = spawnSync(
    'script',
    ['-qec', `stty cols ${columns} rows 500; ${command}`, '/dev/null'],
    {
      encoding: 'utf8',
      // Whatever the caller is, the command talks to a terminal that has colours.
      env: { ...process.env, NO_COLOR: undefined, CI: undefined, TERM: 'xterm-256color', ...env },
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  if (error) throw new Error(`script of util-linux is needed: ${error.message}`)
  return stdout.replaceAll('\r\n', '\n')
}
