import { ApiClient } from '../cluster/api.ts'
import { connect } from '../cluster/client.ts'
import { gatherFacts } from '../cluster/gather.ts'
import type { Told } from '../core/live.ts'
import type { Facts } from '../core/types.ts'
import type { ClusterFlags } from './cluster-flags.ts'
import { messageOf, UsageError, unreachable } from './exit.ts'
import { tellRequest } from './verbose.ts'
import { waitFor } from './waiting.ts'

/** A cluster of any size is listed by then, or cannot be reached. */
const GATHER_MS = 120_000

/**
 * To be closed in the end; `onDate` hears the Date header of each answer. Throws UsageError when the kubeconfig
 * cannot be read.
 */
export const connectTo = (
  { kubeconfig, context, verbose }: ClusterFlags,
  onDate?: (date: string | undefined) => void,
): ApiClient => {
  try {
    const listeners = { ...(onDate && { onDate }), ...(verbose && { onAnswered: tellRequest }) }
    return new ApiClient(connect(kubeconfig, context), undefined, listeners)
  } catch (error) {
    throw new UsageError(
      `cannot read the kubeconfig: ${messageOf(error)}; name another by --kubeconfig or --context`,
    )
  }
}

/** The facts of a cluster as it is now; what one may not see is said on standard error. */
export const gatherWith = async (
  api: ApiClient,
  told: Told,
  hasBootstraps: boolean,
): Promise<Facts> => {
  try {
    return await waitFor('Looking at the cluster', () =>
      gatherFacts({
        api,
        told,
        hasBootstraps,
        signal: AbortSignal.timeout(GATHER_MS),
        onForbidden: (kind, error) =>
          process.stderr.write(`warning: ${kind} cannot be seen: ${error.message}\n`),
      }),
    )
  } catch (cause) {
    throw unreachable(cause)
  }
}
