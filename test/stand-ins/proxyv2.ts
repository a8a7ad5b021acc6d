import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { requirePart } from '../parts/parts.ts'
import { start } from '../parts/processes.ts'
import type { Container, StartImage } from './pod-containers.ts'

/** Istio's image has Envoy where the agent looks for it; here it is elsewhere. */
const proxyConfig = ({ env, reroot }: Container): string => {
  const config = { ...parse(env['PROXY_CONFIG'] ?? '{}') }
  const { envoy: binaryPath } = requirePart('envoy')
  const image = env['DISABLE_ENVOY'] === 'true' ? {} : { binaryPath }
  return JSON.stringify(reroot({ ...config, ...image }))
}

/** The agent's status port listens on every address, and takes nothing but this to keep it shut. */
const shutStatusPort = (root: string) => {
  const folder = join(root, 'etc', 'istio', 'pod')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'annotations'), 'status.sidecar.istio.io/port="0"\n')
}

/**
 * Istio's image `proxyv2`: the real agent. Its paths are relative to its working directory, `/` in the
 * image and the container's root here. `settings` are more of its environment.
 */
export const proxyv2 =
  (settings: Readonly<Record<string, string>> = {}): StartImage =>
  async container => {
    shutStatusPort(container.root)
    const running = await start({
      name: container.name,
      file: requirePart('istio').pilotAgent,
      args: container.args,
      cwd: container.root,
      env: { ...container.env, ...settings, PROXY_CONFIG: proxyConfig(container) },
      log: container.log,
    })
    // It lets connections drain for five seconds, and there are none.
    return { stop: () => running.stop(500) }
  }
