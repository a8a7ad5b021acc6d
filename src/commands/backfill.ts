import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { BackfillSummary } from '../cli/backfill.ts'
import type { ApiClient } from '../cluster/api.ts'
import { applyWith } from '../cluster/apply.ts'
import { allPlaces } from '../core/affected.ts'
import { type ApplyOutcome, type Change, planOf } from '../core/plan.ts'
import { EMPTY_SNAPSHOT, objectIn } from '../core/snapshot.ts'
import type { Facts, Stage } from '../core/types.ts'
import { backfill } from '../reconcile/backfill.ts'
import { addOptions, type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { configOption } from './configuration-file.ts'
import { Refusal } from './exit.ts'
import { toldIn } from './facts-source.ts'

interface BackfillFlags extends ClusterFlags {
  readonly config?: string
  readonly dryRun?: boolean
}

const changesFor = (facts: Facts, time: string): readonly Change[] =>
  allPlaces(facts.snapshot ?? EMPTY_SNAPSHOT).flatMap(({ collection, namespace, name }) => {
    const object = objectIn(facts.snapshot?.[collection], namespace, name)
    return object ? [planOf(object, facts, time)] : []
  })

const runBackfill = (flags: BackfillFlags) => withApi(flags, api => bringInLine(api, flags))

const bringInLine = async (api: ApiClient, { config, dryRun = false }: BackfillFlags) => {
  const { gatherWith } = await import('./gathering.ts')
  const facts = await gatherWith(api, await toldIn(config), true)
  const changes = changesFor(facts, new Date().toISOString())
  const summary = new BackfillSummary()
  const due = changes.filter(({ patch }) => patch.length > 0)
  for (const change of changes)
    if (change.patch.length === 0)
      summary.count(change.held.length > 0 ? 'observed' : 'unchanged', change)
  if (dryRun) for (const change of due) summary.count('to write', change)
  else await write(due, api, summary)
  process.stdout.write(summary.print())
  tellWaiting(changes)
  tellHeld(changes, facts.stage)
  if (summary.total(...FAILED) > 0) throw new Refusal()
}

const FAILED: readonly ApplyOutcome['kind'][] = ['conflict', 'refused', 'unavailable']

const write = async (
  due: readonly Change[],
  api: ApiClient,
  summary: BackfillSummary,
): Promise<void> => {
  // Of what is CommonJS, a bundle has the default alone.
  const { default: progress } = await import('cli-progress')
  const { Presets, SingleBar } = progress
  const interrupted = new AbortController()
  const stop = () => interrupted.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% {value}/{total}, {eta_formatted} to go',
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
    },
    Presets.rect,
  )
  bar.start(due.length, 0)
  await backfill(due, {
    apply: applyWith(api),
    onOutcome: (change, outcome) => {
      summary.count(outcome.kind, change)
      bar.increment()
    },
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    signal: interrupted.signal,
  })
  bar.stop()
  process.off('SIGINT', stop).off('SIGTERM', stop)
  if (interrupted.signal.aborted)
    process.stderr.write('Interrupted. Run it again to go on where it stopped.\n')
}

const tellWaiting = (changes: readonly Change[]): void => {
  const isWaiting = ({ decision }: Change) => decision.finding.reason === 'WaitingForProxy'
  const count = changes.filter(isWaiting).length
  if (count === 0) return
  process.stderr.write(
    `${count} Upstreams wait for their proxies: run it again once these are rolled out.\n`,
  )
}

const tellHeld = (changes: readonly Change[], stage: Stage): void => {
  if (changes.every(({ held }) => held.length === 0)) return
  process.stderr.write(`The stage is ${stage}: what is observed is written with inject only.\n`)
}

/** `gloo-istio backfill` */
export const backfillCommand = (): Command =>
  addOptions(
    new Command('backfill')
      .description('bring the Upstreams and proxies of a cluster in line, once; prints a summary')
      .option('--dry-run', 'write nothing, only say what would be written')
      .addOption(configOption())
      .action(runBackfill),
    clusterOptions(),
  )
