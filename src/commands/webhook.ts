import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { tryUntilDone } from '../cli/attempts.ts'
import { checkWebhook, type Verdict } from '../cli/webhook-check.ts'
import type { ApiClient } from '../cluster/api.ts'
import { addOptions, type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { parseDuration } from './duration.ts'

interface TimedFlags extends ClusterFlags {
  /** Milliseconds. */
  readonly timeout: number
}

interface CheckFlags extends TimedFlags {
  readonly namespace: string
  readonly mesh?: string
  readonly answered?: boolean
}

interface DeleteFlags extends TimedFlags {
  readonly webhookConfiguration: string
}

type Attempt = (api: ApiClient, signal: AbortSignal) => Promise<string | undefined>

/** Tries until the time is over. Throws what then still stands in the way. */
const tryFor = (flags: TimedFlags, attempt: Attempt): Promise<void> =>
  withApi(flags, api => tryWith(api, flags, attempt))

const tryWith = async (
  api: ApiClient,
  { timeout }: TimedFlags,
  attempt: Attempt,
): Promise<void> => {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error('the API server did not answer')), timeout)
  const trouble = await tryUntilDone(() => attempt(api, over.signal), {
    signal: over.signal,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    onTrouble: told => process.stderr.write(`not yet: ${told.split('\n')[0]}\n`),
  })
  clearTimeout(timer)
  if (trouble !== undefined) throw new Error(`${trouble}\ngiven up after ${timeout / 1000} s`)
}

const isEnough = ({ kind }: Verdict, answered: boolean): boolean =>
  kind === 'filled' || (answered && kind === 'answered')

const runCheck = async ({ answered = false, ...flags }: CheckFlags): Promise<void> => {
  const { admitUpstream } = await import('../cluster/admit-upstream.ts')
  await tryFor(flags, async (api, signal) => {
    const verdict = await checkWebhook(flags, upstream => admitUpstream(api, upstream, signal))
    if (!isEnough(verdict, answered)) return verdict.text
    process.stdout.write(`${verdict.text.trimEnd()}\n`)
    return undefined
  })
}

const runDelete = async ({ webhookConfiguration: name, ...flags }: DeleteFlags): Promise<void> => {
  const { deleteWebhookConfiguration } = await import('../cluster/delete-webhook-configuration.ts')
  await tryFor(flags, async (api, signal) => {
    const wasThere = await deleteWebhookConfiguration(api, name, signal)
    const done = wasThere ? 'deleted' : 'is not there'
    process.stdout.write(`MutatingWebhookConfiguration ${name} ${done}\n`)
    return undefined
  })
}

const timedOptions = () => [
  ...clusterOptions(),
  new Option('--timeout <duration>', 'how long to go on trying: a number and s, m or h')
    .argParser(parseDuration)
    .default(60_000, '60s'),
]

const webhookCheckCommand = () =>
  new Command('check')
    .description('have the API server try an Upstream out, which must come back filled')
    .option(
      '-n, --namespace <namespace>',
      'where to try it; one that the webhook does not leave out',
      'default',
    )
    .option(
      '--mesh <namespace.name>',
      'mesh to ask for; needed where there are several (default: what the webhook takes)',
    )
    .option('--answered', 'be content with any answer of the webhook, also that it waits')
    .action(runCheck)

const webhookDeleteCommand = () =>
  new Command('delete')
    .description('take the webhook out of the way of the API server')
    .requiredOption('--webhook-configuration <name>', 'MutatingWebhookConfiguration to delete')
    .action(runDelete)

/** `gloo-istio webhook` */
export const webhookCommand = (): Command =>
  new Command('webhook')
    .description('see to the webhook of a cluster')
    .addCommand(addOptions(webhookCheckCommand(), timedOptions()))
    .addCommand(addOptions(webhookDeleteCommand(), timedOptions()))
