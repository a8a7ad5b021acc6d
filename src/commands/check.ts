import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { tryUntilDone } from '../cli/attempts.ts'
import { CHECK_FORMATS, type CheckFormat, isBroken, printReport } from '../cli/check-report.ts'
import type { GroupResult } from '../core/check.ts'
import { addOptions, type ClusterFlags, clusterOptions } from './cluster-flags.ts'
import { parseDuration } from './duration.ts'
import { Refusal, UsageError } from './exit.ts'
import { waitFor } from './waiting.ts'

export interface CheckFlags extends ClusterFlags {
  readonly pre?: boolean
  /** Milliseconds. */
  readonly wait?: number
  readonly output: CheckFormat
  readonly namespace?: string
  readonly config?: string
}

/** What came of all checks; unreachable says why nobody could be asked. */
export interface Checked {
  readonly groups: readonly GroupResult[]
  readonly unreachable?: string
}

const runCheck = async (flags: CheckFlags): Promise<void> => {
  const { openChecking } = await import('./checking.ts')
  const checking = await openChecking(flags)
  try {
    const { groups, unreachable } = await lastOf(flags, checking.check)
    process.stdout.write(printReport(groups, flags.output, process.stdout))
    if (unreachable !== undefined)
      throw new UsageError(`${unreachable}; see that kubectl reaches it`)
    if (isBroken(groups)) throw new Refusal()
  } finally {
    checking.close()
  }
}

/** Checks once; with `--wait`, until nothing is broken or the time is over. */
const lastOf = async ({ wait }: CheckFlags, check: () => Promise<Checked>): Promise<Checked> => {
  const first = () => waitFor('Checking the cluster', check)
  if (wait === undefined) return first()
  const told = new Set<string>()
  let last: Checked | undefined
  await tryUntilDone(
    async () => {
      last = await (last === undefined ? first() : check())
      const broken = troublesOf(last)
      return broken.length === 0 ? undefined : broken.join('\n')
    },
    {
      signal: AbortSignal.timeout(wait),
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
      onTrouble: text => tellNew(text.split('\n'), told),
    },
  )
  return last ?? check()
}

const troublesOf = ({ groups }: Checked): readonly string[] =>
  groups
    .flatMap(({ results }) => results)
    .filter(({ status }) => status === 'failed')
    .map(({ id, message }) => `${id}: ${message.replaceAll('\n', ' ')}`)

const tellNew = (lines: readonly string[], told: Set<string>): void => {
  for (const line of lines) if (!told.has(line)) process.stderr.write(`not yet: ${line}\n`)
  for (const line of lines) told.add(line)
}

const waitOption = () =>
  new Option(
    '--wait [duration]',
    'go on until nothing is broken, at most for so long, in s, m or h',
  )
    .argParser(parseDuration)
    .preset('60s')

/** `gloo-istio check` */
export const checkCommand = (): Command =>
  addOptions(
    new Command('check')
      .description('a health report: what is broken, what will be, and what to do about it')
      .option('--pre', 'before an installation: whether all is there that it takes')
      .addOption(waitOption())
      .addOption(
        new Option('-o, --output <format>', 'format').choices(CHECK_FORMATS).default('text'),
      )
      .option('-n, --namespace <namespace>', 'of the release (default: the one that is found)')
      .option('--config <file>', "configuration file (YAML) (default: the release's own)")
      .action(runCheck),
    clusterOptions(),
  )
