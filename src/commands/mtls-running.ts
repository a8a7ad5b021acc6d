import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { tryUntilDone } from '../cli/attempts.ts'
import {
  type MtlsResult,
  printMtlsResult,
  RESULT_FORMATS,
  type ResultFormat,
} from '../cli/mtls-result.ts'
import type { ApiClient } from '../cluster/api.ts'
import { gatherFacts } from '../cluster/gather.ts'
import { lineOf } from '../core/explain.ts'
import type { Told } from '../core/live.ts'
import type { Facts } from '../core/types.ts'
import { addOptions, type ClusterFlags, clusterOptions } from './cluster-flags.ts'
import { configOption } from './configuration-file.ts'
import { parseDuration } from './duration.ts'
import { Refusal } from './exit.ts'
import { type Ask, readUpstream, write } from './mtls-writing.ts'
import { waitFor } from './waiting.ts'

/** What commands that switch an Upstream on or off have in common. */
export interface MtlsFlags extends ClusterFlags {
  readonly config?: string
  readonly dryRun?: boolean
  /** How long to wait, in milliseconds; undefined is not at all. */
  readonly wait?: number
  readonly output: ResultFormat
}

const POLL_MS = 2_000

export const addMtlsOptions = (command: Command, waitsFor: string): Command =>
  addOptions(command, [
    new Option(
      '--dry-run',
      'write nothing: have the API server and its webhooks try it, and print the patch',
    ),
    new Option('--wait [duration]', `wait until ${waitsFor}; exit 1 when it is not by then`)
      .argParser(parseDuration)
      .preset('5m')
      .conflicts('dryRun'),
    new Option('-o, --output <format>', 'format').choices(RESULT_FORMATS).default('text'),
    configOption(),
    ...clusterOptions(),
  ])

/** One switch to be set: what is asked of the cluster as it is, and which answers are the last word. */
export interface Switching {
  readonly askWith: (facts: Facts) => Ask
  readonly isFinal: (result: MtlsResult) => boolean
}

interface Running extends Switching {
  readonly api: ApiClient
  readonly told: Told
  readonly flags: MtlsFlags
}

/** Asks and writes until the answer is final, or the time is over. Answers what came last. */
export const waitUntilFinal = async (
  { api, told, flags, askWith, isFinal }: Running,
  first: MtlsResult,
): Promise<MtlsResult> => {
  if (flags.wait === undefined || isFinal(first)) return first
  const signal = AbortSignal.timeout(flags.wait)
  let last = first
  const attempt = async () => {
    const facts = await gatherFacts({ api, told, hasBootstraps: true, signal, onForbidden })
    const upstream = await readUpstream(api, first.namespace, first.name)
    last = merged(last, await write(api, upstream, { ask: askWith(facts), dryRun: false }))
    return isFinal(last) ? undefined : last.findings.map(lineOf)[0]
  }
  await waitFor(`Waiting for Upstream ${first.namespace}/${first.name}`, () =>
    tryUntilDone(attempt, {
      signal,
      sleep: (_, aborted) => sleep(POLL_MS, undefined, { signal: aborted }),
      onTrouble: trouble => process.stderr.write(`${trouble}\n`),
    }),
  )
  return last
}

// It was said at the first look.
const onForbidden = () => {}

/** All that was written on the way. */
const merged = (before: MtlsResult, now: MtlsResult): MtlsResult => ({
  ...now,
  outcome: now.outcome === 'unchanged' ? before.outcome : now.outcome,
  patch: [...before.patch, ...now.patch],
  fields: [...new Set([...before.fields, ...now.fields])],
  warnings: [...before.warnings, ...now.warnings],
})

/**
 * Prints a result, to standard error where it is a refusal that no script reads. Throws Refusal for that, and
 * where it was waited for something else.
 */
export const finish = (result: MtlsResult, { output, wait }: MtlsFlags, wanted: string): void => {
  const { standing, warnings } = result
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  const isRefused = standing === 'refused' || standing === 'overruled'
  const stream = isRefused && output === 'text' ? process.stderr : process.stdout
  stream.write(printMtlsResult(result, output))
  const isMissed = wait !== undefined && standing !== wanted
  if (isMissed && !isRefused)
    process.stderr.write(`gloo-istio: mutual TLS is not ${wanted}, which --wait asked for\n`)
  if (isRefused || isMissed) throw new Refusal()
}
