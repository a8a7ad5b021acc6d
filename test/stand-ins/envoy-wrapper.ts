import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requirePart } from '../parts/parts.ts'
import { start, waitUntilReady } from '../parts/processes.ts'
import { bootstrapOf, type GatewayOptions } from './envoy-bootstrap.ts'
import type { StartImage } from './pod-containers.ts'

/** Gloo's image `gloo-envoy-wrapper`: a real Envoy, with one listener. */
export const envoyWrapper =
  (options: GatewayOptions): StartImage =>
  async container => {
    // Envoy watches no file that is not there.
    writeFileSync(options.clustersFile, JSON.stringify({ resources: [] }))
    const config = join(container.root, 'envoy.json')
    writeFileSync(config, JSON.stringify(bootstrapOf(container, options)))
    const flags = ['--concurrency', '1', '--log-level', 'warning']
    const running = await start({
      name: container.name,
      file: requirePart('envoy').envoy,
      args: ['-c', config, ...container.args, ...flags],
      log: container.log,
    })
    await waitUntilReady([running], () => isOk(`${adminOf(options)}/ready`))
    return running
  }

const adminOf = ({ ports }: GatewayOptions) => `http://127.0.0.1:${ports.admin}`

/** The gateway as one sees it from outside. */
export const gatewayOf = (options: GatewayOptions) => {
  const stats = (path: string) => textOf(`${adminOf(options)}/${path}`)
  return {
    url: `http://127.0.0.1:${options.ports.http}`,
    /** Whether Envoy knows the cluster: before that it answers 503 for want of it. */
    hasCluster: async () => (await stats('clusters')).includes(`${options.cluster}::`),
    /** A counter of the cluster; 0 for what never happened. */
    count: async (name: string) => {
      const line = new RegExp(`^cluster\\.${options.cluster}\\.${name}: (\\d+)`, 'm')
      return Number(line.exec(await stats('stats'))?.[1] ?? 0)
    },
  }
}

const textOf = async (url: string) => (await fetch(url)).text()

const isOk = (url: string) =>
  fetch(url).then(
    response => response.ok,
    () => false,
  )
