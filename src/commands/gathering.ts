import { ApiClient } from '../cluster/api.ts'
import { connect } from '../cluster/client.ts'
import { gatherFacts } from '../cluster/gather.ts'
import type { Told } from '../core/live.ts'
import type { Facts } from '../core/types.ts'

/** The facts of a cluster as it is now; what one may not see is said on standard error. */
export const gatherFrom = async (
  kubeconfig: string | undefined,
  told: Told,
  hasBootstraps: boolean,
): Promise<Facts> => {
  const api = new ApiClient(connect(kubeconfig))
  try {
    return await gatherFacts({
      api,
      told,
      hasBootstraps,
      signal: AbortSignal.timeout(GATHER_MS),
      onForbidden: (kind, error) =>
        process.stderr.write(`warning: ${kind} cannot be seen: ${error.message}\n`),
    })
  } finally {
    api.close()
  }
}

/** A cluster of any size is listed by then, or cannot be reached. */
const GATHER_MS = 120_000
