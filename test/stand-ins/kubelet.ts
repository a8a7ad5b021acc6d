import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { V1Container, V1Deployment, V1Secret } from '@kubernetes/client-node'

export interface Mounted {
  readonly mountPath: string
  readonly secretName: string
}

/**
 * Does what the kubelet would do for one container of a Deployment's pods: each Secret volume becomes
 * files at its mount path. Only paths under `root` are written; an optional Secret may be missing.
 */
export const mountSecrets = (
  deployment: V1Deployment,
  container: string,
  { root, secrets }: { root: string; secrets: readonly V1Secret[] },
): readonly Mounted[] => {
  const pod = deployment.spec?.template.spec
  const found: V1Container | undefined = pod?.containers.find(({ name }) => name === container)
  return (found?.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const secretName = pod?.volumes?.find(volume => volume.name === name)?.secret?.secretName
    const secret = secrets.find(({ metadata }) => metadata?.name === secretName)
    if (secretName === undefined || secret === undefined || !mountPath.startsWith(root)) return []
    mkdirSync(mountPath, { recursive: true })
    for (const [key, value] of Object.entries(secret.data ?? {}))
      writeFileSync(join(mountPath, key), Buffer.from(value, 'base64'), { mode: 0o600 })
    return [{ mountPath, secretName }]
  })
}
