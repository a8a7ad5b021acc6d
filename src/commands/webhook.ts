import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { tryUntilDone } from '../cli/attempts.ts'
import { checkWebhook, type Verdict } from '../cli/webhook-check.ts'
import type { ApiClient } from '../cluster/api.ts'
import { parseDuration } from './duration.ts'

interface ClusterFlags {
  readonly kubeconfig?: string
  /** Milliseconds. */
  readonly timeout: number
}

interface CheckFlags extends ClusterFlags {
  readonly namespace: string
  readonly mesh?: string
  readonly answered?: boolean
}

interface DeleteFlags extends ClusterFlags {
  readonly webhookConfiguration: string
}

type Attempt = (api: ApiClient, signal: AbortSignal) => Promise<string | undefined>

/** Tries until the time is over. Throws what then still stands in the way. */
const tryFor = async ({ kubeconfig, timeout }: ClusterFlags, attempt: Attempt): Promise<void> => {
  // The Kubernetes client takes long to load.
  const { connectTo } = await import('./gathering.ts')
  const api = connectTo(kubeconfig)
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error('the API server did not answer')), timeout)
  const trouble = await tryUntilDone(() => attempt(api, over.signal), {
    signal: over.signal,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    onTrouble: told => process.stderr.write(`not yet: ${told.split('\n')[0]}\n`),
  })
  clearTimeout(timer)
  api.close()
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

const kubeconfigOption = () =>
  new Option('--kubeconfig <file>', "the cluster (default: $KUBECONFIG, else the pod's own)")

const timeoutOption = () =>
  new Option('--timeout <duration>', 'how long to go on trying, in s, m or h')
    .argParser(parseDuration)
    .default(60_000, '60s')

/** `gloo-istio webhook` */
export const webhookCommand = (): Command => {
  const command = new Command('webhook').description('see to the webhook of a cluster')
  command
    .command('check')
    .description('have the API server try an Upstream out, which must come back filled')
    .option('-n, --namespace <namespace>', 'where to try it', 'default')
    .option('--mesh <namespace.name>', 'mesh to ask for (default: what the webhook takes)')
    .option('--answered', 'be content with any answer of the webhook, and not only a filled one')
    .addOption(kubeconfigOption())
    .addOption(timeoutOption())
    .action(runCheck)
  command
    .command('delete')
    .description('take the webhook out of the way of the API server')
    .requiredOption('--webhook-configuration <name>', 'MutatingWebhookConfiguration to delete')
    .addOption(kubeconfigOption())
    .addOption(timeoutOption())
    .action(runDelete)
  return command
}
