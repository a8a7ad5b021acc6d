import type { V1Deployment } from '@kubernetes/client-node'
import { must } from '../demo/stage.ts'
import type { ControlPlane } from '../parts/control-plane.ts'

/** Reports what the Deployment controller reports once every pod is made from this very template. */
export const reportRollout = async (
  controlPlane: ControlPlane,
  { metadata, spec }: V1Deployment,
): Promise<void> => {
  const replicas = spec?.replicas ?? 1
  const status = {
    observedGeneration: metadata?.generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  }
  await must(
    controlPlane,
    'patch',
    'deployment',
    metadata?.name ?? '',
    `--namespace=${metadata?.namespace}`,
    '--subresource=status',
    '--type=merge',
    `--patch=${JSON.stringify({ status })}`,
  )
}
