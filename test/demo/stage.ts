import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ControlPlane, startControlPlane } from '../parts/control-plane.ts'

export const NAMESPACE = 'gloo-system'
export const UPSTREAM = 'default-details-9080'

const READY_MS = 30_000

/** Relative to where the user is, so that the commands shown can be copied. */
export const manifest = (name: string) =>
  relative(process.cwd(), fileURLToPath(new URL(`manifests/${name}.yaml`, import.meta.url)))

/** A cluster with Gloo's namespace and Upstreams in it. */
export const startCluster = async (dir: string): Promise<ControlPlane> => {
  const controlPlane = await startControlPlane({ dir })
  await must(controlPlane, 'create', 'namespace', NAMESPACE)
  await must(controlPlane, 'apply', '-f', manifest('upstream-crd'))
  return controlPlane
}

/** Runs kubectl; anything but success is an error. */
export const must = async ({ kubectl }: ControlPlane, ...args: string[]): Promise<string> => {
  const { stdout, stderr, code } = await kubectl(...args)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/**
 * The API server takes a moment to notice a new webhook. Asks it, without writing, until the webhook
 * answers for what `file` holds.
 */
export const untilAdmitted = async (controlPlane: ControlPlane, file: string, sign: string) => {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    const said = await must(controlPlane, 'apply', '--dry-run=server', '-o', 'yaml', '-f', file)
    if (said.includes(sign)) return
    await sleep(200)
  }
  throw new Error(`the API server did not reach the webhook in ${READY_MS / 1000} s`)
}
