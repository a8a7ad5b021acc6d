import { ApiClient } from '../cluster/api.ts'
import { connect } from '../cluster/client.ts'
import { gatherFacts } from '../cluster/gather.ts'
import type { Told } from '../core/live.ts'
import type { Facts } from '../core/types.ts'

/** A cluster of any size is listed by then, or cannot be reached. */
const GATHER_MS = 120_000

/** To be closed in the end. */
export const connectTo = (kubeconfig: string | undefined): ApiClient =>
  new ApiClient(connect(kubeconfig))

/** The facts of a cluster as it is now; what one may not see is said on standard error. */
export const gatherWith = (api: ApiClient, told: Told, hasBootstraps: boolean): Promise<Facts> =>
  gatherFacts({
    api,
    told,
    hasBootstraps,
    signal: AbortSignal.timeout(GATHER_MS),
    onForbidden: (kind, error) =>
      process.stderr.write(`warning: ${kind} cannot be seen: ${error.message}\n`),
  })
