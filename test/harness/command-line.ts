import type { Test } from 'tap'
import { type Outcome, run } from '../parts/command.ts'
import { CLI } from '../parts/program.ts'

/** Arguments, exit code, standard output and standard error, as a table has them. */
export type CommandCase = readonly [readonly string[], number, RegExp, RegExp]

export const EMPTY = /^$/

/** Runs gloo-istio as a process that knows one cluster; `onLine` hears its standard error as it comes. */
export const commandLine =
  (kubeconfig: string, onLine: (line: string) => void = () => {}) =>
  (...args: readonly string[]): Promise<Outcome> =>
    run({
      file: process.execPath,
      args: [CLI, ...args],
      onLine,
      env: { ...process.env, KUBECONFIG: kubeconfig, NO_COLOR: '1' },
    })

/** What is said while it takes long, on a machine that is busy. */
const PROGRESS = /^- .* …\n?/gm

/** Runs each line of a table, in its order. */
export const runCases = async (
  t: Test,
  gloo: ReturnType<typeof commandLine>,
  cases: readonly CommandCase[],
): Promise<void> => {
  for (const [args, code, stdout, stderr] of cases) {
    const outcome = await gloo(...args)
    const title = args.join(' ')
    t.equal(outcome.code, code, `${title}: ${outcome.stderr}`)
    t.match(outcome.stdout, stdout, title)
    t.match(outcome.stderr.replaceAll(PROGRESS, ''), stderr, title)
  }
}
