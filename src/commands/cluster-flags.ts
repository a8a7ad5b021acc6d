import { type Command, Option } from 'commander'
import type { ApiClient } from '../cluster/api.ts'
import type { VerboseFlags } from './verbose.ts'

/** Which cluster a command asks. */
export interface ClusterFlags extends VerboseFlags {
  readonly kubeconfig?: string
  readonly context?: string
}

export const clusterOptions = (): readonly Option[] => [
  new Option('--kubeconfig <file>', "the cluster (default: $KUBECONFIG, else the pod's own)"),
  new Option('--context <name>', 'context of the kubeconfig (default: its current one)'),
]

export const addOptions = (command: Command, options: readonly Option[]): Command => {
  for (const option of options) command.addOption(option)
  return command
}

/** Lends a connection to the API server of these flags, and closes it afterwards. Throws UsageError. */
export const withApi = async <T>(
  flags: ClusterFlags,
  act: (api: ApiClient) => Promise<T>,
): Promise<T> => {
  // The Kubernetes client takes long to load.
  const { connectTo } = await import('./gathering.ts')
  const api = connectTo(flags)
  try {
    return await act(api)
  } finally {
    api.close()
  }
}
